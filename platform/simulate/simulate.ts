// `simulate` plays automation and plans forward under a virtual clock.

import type { AutomationFacts } from "../automation/automation-facts.ts";
import type { TargetRequest, TargetRequests } from "../automation/target-requests.ts";
import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import { walkCondition } from "../core/condition.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { namesText } from "../core/names-text.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId, RunRequest } from "../core/run.ts";
import type { PlannedStep } from "../core/run-plan.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { PlanError } from "../plan/plan-error.ts";
import { planRun } from "../plan/plan-run.ts";
import { Agenda } from "./agenda.ts";
import { type DurationModel, ModelledDurations, unknownStepMs } from "./modelled-durations.ts";
import { SimulatedAutomation } from "./simulated-automation.ts";
import { SimulatedFreshness } from "./simulated-freshness.ts";
import { SimulatedLog } from "./simulated-log.ts";
import type { FollowedPlan, SimulatedRun } from "./simulated-run.ts";
import { SimulatedRuns } from "./simulated-runs.ts";
import { SimulatedSchedules } from "./simulated-schedules.ts";
import type { Simulation } from "./simulation.ts";
import { historyUntil, type SimulationHistory } from "./simulation-history.ts";
import { type RequestReason, SimulationTally } from "./simulation-tally.ts";

/** What the definitions mean, settled as the daemon settles it. */
export interface SimulatedProject {
  readonly snapshot: DefinitionsSnapshot;
  /** Keys that a selection names; throws where it means nothing. */
  select(selection: string): ReadonlySet<string>;
  /** What a schedule's target is at a moment. */
  requestsAt(asked: TargetRequest, moment: PartitionMoment): TargetRequests;
}

export interface SimulationInput {
  readonly project: SimulatedProject;
  readonly history: SimulationHistory;
  /** Milliseconds since 1970. */
  readonly fromMs: number;
  readonly forMs: number;
  readonly durations: DurationModel;
  /** Each makes the first step that brings the asset up to date from that moment on fail, and no other. */
  readonly failures: readonly { readonly asset: string; readonly atMs: number }[];
  readonly limits: Pick<QueueSettings, "maxConcurrentRuns" | "tagLimits" | "retryPolicy">;
}

/** So many runs go on at once where the project sets no limit. */
const usualConcurrentRuns = 10;

/** Changes within so long are seen to together, as the daemon does. */
const gatherMs = 300;

/**
 * What schedules, conditions and the queue do from a moment on, by the same functions as the daemon's. Time jumps from
 * one moment at which there is something to do to the next. The same input gives the same answer.
 */
export function simulate(input: SimulationInput): Simulation {
  return new Simulator(input).run();
}

class Simulator {
  readonly #input: SimulationInput;
  readonly #untilMs: number;
  readonly #maxConcurrentRuns: number;
  readonly #history: SimulationHistory;
  readonly #agenda = new Agenda();
  readonly #durations: ModelledDurations;
  readonly #tally: SimulationTally;
  readonly #log: SimulatedLog;
  readonly #runs: SimulatedRuns;
  readonly #schedules: SimulatedSchedules;
  readonly #automation: SimulatedAutomation;
  readonly #freshness: SimulatedFreshness;
  readonly #plans = new Map<string, FollowedPlan>();
  readonly #failed: (string | null)[];
  readonly #faults = new Map<string, number>();
  #nowMs: number;
  #gatherAt: number | undefined;
  #runCount = 0;

  constructor(input: SimulationInput) {
    const { project, fromMs, forMs, limits } = input;
    const { snapshot } = project;
    const { definitions } = snapshot;
    const history = historyUntil(input.history, fromMs);
    this.#input = input;
    this.#history = history;
    this.#nowMs = fromMs;
    this.#untilMs = fromMs + forMs;
    this.#maxConcurrentRuns = limits.maxConcurrentRuns ?? usualConcurrentRuns;
    this.#durations = new ModelledDurations(history.stepDurations, input.durations);
    this.#tally = new SimulationTally(fromMs, this.#untilMs);
    this.#failed = input.failures.map(() => null);
    const checksOf = new Map<AssetKey, readonly CheckKey[]>(
      definitions.assets.map(({ key, checks }) => [key, checks]),
    );
    this.#log = new SimulatedLog(history, (asset) => checksOf.get(asset) ?? []);
    this.#runs = this.#createRuns();
    this.#schedules = new SimulatedSchedules({
      schedules: definitions.schedules,
      history,
      fromMs,
      requestsAt: (asked, tick) => project.requestsAt(asked, this.#moment(tick)),
      unended: () => this.#runs.unended,
      ask: (requests, schedule, tick) => {
        const why = `the schedule ${schedule.name} ticked at ${Temporal.Instant.fromEpochMilliseconds(tick)}`;
        return this.#ask(requests, { cause: "schedule", by: schedule.name, why });
      },
      cancel: (run) => this.#runs.cancel(run),
    });
    this.#automation = new SimulatedAutomation({
      snapshot,
      history,
      select: (selection) => project.select(selection),
      onError: (error, group) => this.#fault(group, error instanceof Error ? error.message : String(error)),
    });
    this.#freshness = new SimulatedFreshness(definitions.assets, history.freshness);
  }

  run(): Simulation {
    this.#takeUpRuns();
    this.#gatherAt = this.#nowMs;
    for (;;) {
      const round = this.#nextRound();
      const act = this.#agenda.next ?? Number.POSITIVE_INFINITY;
      const at = Math.min(act, round);
      if (at >= this.#untilMs) break;
      this.#nowMs = Math.max(at, this.#nowMs);
      if (act <= round) this.#agenda.doNext();
      else this.#round();
    }
    return this.#result();
  }

  #nextRound(): number {
    let next = this.#gatherAt ?? Number.POSITIVE_INFINITY;
    for (const { next: own } of [this.#schedules, this.#automation, this.#freshness])
      if (own !== undefined && own < next) next = own;
    return next;
  }

  /** What the daemon does in one round: schedules, then freshness and conditions over the facts as they are then. */
  #round(): void {
    this.#gatherAt = undefined;
    const now = this.#nowMs;
    this.#schedules.round(now);
    const changed = this.#log.refresh();
    const moment = this.#moment(now);
    const logged = this.#log.facts;
    const turns = this.#freshness.round(changed, { log: this.#log, facts: logged, moment });
    for (const { asset, state, since } of turns) this.#tally.freshness(asset, state, { since, at: now });
    this.#automation.note(changed);
    this.#automation.note(turns.flatMap(({ asset, isNews }) => (isNews ? [asset] : [])));
    const facts: AutomationFacts = {
      ...logged,
      dynamicKeys: this.#history.dynamicKeys,
      freshness: (key) => this.#freshness.stateOf(key),
      custom: () => undefined,
    };
    for (const { group, request, why } of this.#automation.round(facts, moment)) {
      const reason: RequestReason = { cause: "automation", by: group.name, why };
      for (const fault of this.#ask([request], reason).faults) this.#fault(group.name, fault);
    }
  }

  #createRuns(): SimulatedRuns {
    const { limits, project } = this.#input;
    const { poolLimits } = this.#history;
    const runPools = project.snapshot.definitions.pools.filter(({ granularity }) => granularity === "run");
    return new SimulatedRuns({
      agenda: this.#agenda,
      log: this.#log,
      limits: {
        ...limits,
        maxConcurrentRuns: this.#maxConcurrentRuns,
        poolLimits,
        runPoolLimits: Object.fromEntries(
          runPools.map(({ name, limit }) => [name, poolLimits[name] ?? limit]),
        ),
      },
      durationOf: (step) => this.#durations.of(step),
      fails: (run, step) => this.#fails(run, step),
      now: () => this.#nowMs,
      onChange: () => {
        this.#gatherAt ??= this.#nowMs + gatherMs;
      },
      onStep: (step, status) => this.#tally.stepEnded(step, status, this.#nowMs),
      onQueue: (waiting, going) => this.#tally.queue(waiting, going, this.#nowMs),
      again: (failed, request, { number, of }) => {
        const why = `retry ${number} of ${of} of ${failed.id}, which failed`;
        for (const fault of this.#ask([request], { cause: "retry", by: failed.id, why }).faults)
          this.#fault(failed.id, fault);
      },
    });
  }

  /** Runs that had not ended: those in progress do what they have not done. */
  #takeUpRuns(): void {
    const made = new Map<string, Set<string>>();
    for (const { asset, partition, runId } of this.#history.updates) {
      const known = made.get(runId);
      if (known === undefined) made.set(runId, new Set([`${asset}\n${partition}`]));
      else known.add(`${asset}\n${partition}`);
    }
    for (const { run, plan } of this.#history.unfinished) {
      if (run.status === "not_started" || run.status === "queued") this.#runs.enqueue(run, plan);
      else
        this.#runs.resume(
          run,
          plan,
          ({ assets, partitions = [""] }) =>
            assets.length > 0 &&
            assets.every((asset) =>
              partitions.every((partition) => made.get(run.id)?.has(`${asset}\n${partition}`) === true),
            ),
        );
    }
  }

  #ask(
    requests: readonly RunRequest[],
    reason: RequestReason,
  ): { readonly runs: number; readonly faults: readonly string[] } {
    const faults: string[] = [];
    for (const request of requests) {
      const plan = this.#planOf(request);
      if (typeof plan === "string") {
        faults.push(plan);
        continue;
      }
      this.#runCount += 1;
      const id = `sim-${String(this.#runCount).padStart(7, "0")}` as RunId;
      const run = this.#runs.enqueue({ id, request, createdAtMs: this.#nowMs }, plan);
      this.#tally.requested(run, reason, this.#nowMs);
    }
    return { runs: requests.length - faults.length, faults };
  }

  /** Or in words why there is none. What is asked for again is planned once. */
  #planOf(request: RunRequest): FollowedPlan | string {
    const { tags: _tags, runKey: _key, ...asked } = request;
    const text = JSON.stringify(asked);
    const known = this.#plans.get(text);
    if (known !== undefined) return known;
    try {
      const { steps, pools, runPools } = planRun(
        this.#input.project.snapshot,
        request,
        this.#moment(this.#nowMs),
      );
      const plan: FollowedPlan = { steps, pools, ...(runPools === undefined ? {} : { runPools }) };
      if (isTimeless(request)) this.#plans.set(text, plan);
      return plan;
    } catch (error) {
      if (error instanceof PlanError) return error.message;
      throw error;
    }
  }

  #fails(run: SimulatedRun, { assets }: PlannedStep): boolean {
    const place = this.#input.failures.findIndex(
      ({ asset, atMs }, at) =>
        this.#failed[at] === null && this.#nowMs >= atMs && assets.some((key) => key === asset),
    );
    if (place < 0) return false;
    this.#failed[place] = run.id;
    return true;
  }

  #fault(by: string, reason: string): void {
    const text = `${by}: ${reason}`;
    this.#faults.set(text, (this.#faults.get(text) ?? 0) + 1);
  }

  #moment(ms: number): PartitionMoment {
    return { now: Temporal.Instant.fromEpochMilliseconds(ms), dynamicKeys: this.#history.dynamicKeys };
  }

  #result(): Simulation {
    const { project, fromMs, durations, failures } = this.#input;
    return {
      schema: "dop.simulation/1",
      from_ms: fromMs,
      until_ms: this.#untilMs,
      snapshot_id: project.snapshot.id,
      durations,
      max_concurrent_runs: this.#maxConcurrentRuns,
      failures: failures.map(({ asset, atMs }, at) => ({
        asset,
        at_ms: atMs,
        run: this.#failed[at] ?? null,
      })),
      schedules: this.#schedules.view(),
      ...this.#tally.result(),
      faults: [...this.#faults].map(([text, times]) => ({ text, times })),
      assumptions: this.#assumptions(),
      not_known: notKnown(project.snapshot),
    };
  }

  #assumptions(): string[] {
    const { limits } = this.#input;
    const unknown = [...this.#durations.unknown].sort();
    return [
      ...(unknown.length === 0
        ? []
        : [`steps that never ran take ${unknownStepMs / 1000} s: ${namesText(unknown, 5)}`]),
      ...(limits.maxConcurrentRuns === undefined
        ? [`${usualConcurrentRuns} runs go on at once, as the project sets no limit`]
        : []),
      "checks pass, and each run makes new data",
    ];
  }
}

/** Whether the request means the same at every moment. */
function isTimeless({ partitions, slices }: RunRequest): boolean {
  return slices === undefined && (partitions === undefined || partitions.kind === "keys");
}

/** What only the outside can tell. */
function notKnown({ definitions }: DefinitionsSnapshot): string[] {
  const sensors = definitions.sensors.filter(({ kind }) => kind !== "automation").map(({ name }) => name);
  const asking = [...definitions.assets, ...definitions.checks].flatMap(({ key, automationCondition }) =>
    automationCondition !== undefined &&
    walkCondition(automationCondition).some(({ type }) => type === "custom")
      ? [key as string]
      : [],
  );
  return [
    ...(sensors.length === 0 ? [] : [`what sensors will see: ${namesText(sensors, 5)}`]),
    ...(asking.length === 0 ? [] : [`what user code answers in the conditions of ${namesText(asking, 5)}`]),
    "what people and backfills will ask for",
  ];
}
