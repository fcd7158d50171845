import { randomUUIDv7 } from "node:crypto";
import { nextRetry } from "../../platform/automation/next-retry.ts";
import { selectQueuedRuns } from "../../platform/automation/select-queued-runs.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { QueueSettings } from "../../platform/core/queue.ts";
import { isTerminal, type RunId, type RunRecord } from "../../platform/core/run.ts";
import type { PlannedStep } from "../../platform/core/run-plan.ts";
import { createDaemon } from "../../platform/daemon/daemon.ts";
import { createAutomationDesk } from "../../platform/instance/automation-desk.ts";
import { runAgain } from "../../platform/instance/run-again.ts";
import { partitionSetText } from "../../platform/partition/partition-set-text.ts";
import type { SimulationInput } from "../../platform/simulate/simulate.ts";
import type { Storage } from "../../platform/storage/storage.ts";

export interface PlayedProject {
  readonly snapshot: DefinitionsSnapshot;
  readonly storage: Storage;
  readonly fromMs: number;
  readonly forMs: number;
  /** Milliseconds, by the step's name. */
  readonly durations: { readonly [step: string]: number };
  readonly failures: SimulationInput["failures"];
  readonly settings: Pick<QueueSettings, "tagLimits" | "retryPolicy"> & {
    readonly maxConcurrentRuns: number;
  };
}

/** One request of a run, on one line. */
export type RequestLine = string;

export function requestLine(
  at: number,
  by: string,
  assets: readonly string[],
  partitions: string | null,
): string {
  const of = partitions === null ? "" : ` (${partitions})`;
  return `${new Date(at).toISOString()} ${by}: ${[...assets].sort().join(", ")}${of}`;
}

interface Going {
  readonly run: RunRecord;
  readonly epoch: number;
  readonly left: Map<string, PlannedStep>;
  readonly going: Set<string>;
  readonly done: Set<string>;
  seq: number;
  hasFailed: boolean;
}

/** The real loops of the daemon over real records, with a clock that jumps and runs that only take their time. */
export async function playDaemon(project: PlayedProject): Promise<RequestLine[]> {
  const player = new Player(project);
  await player.play();
  return await player.requests();
}

class Player {
  readonly #project: PlayedProject;
  readonly #going = new Map<RunId, Going>();
  readonly #acts: { readonly at: number; act(): Promise<void> }[] = [];
  readonly #failed = new Set<number>();
  readonly #desk;
  readonly #recording;
  readonly #errors: unknown[] = [];
  #now: number;
  #gatherAt: number | undefined;
  #isLooking = false;

  constructor(project: PlayedProject) {
    const { storage, snapshot, fromMs } = project;
    this.#project = project;
    this.#now = fromMs;
    const now = () => Temporal.Instant.fromEpochMilliseconds(this.#now);
    this.#recording = { root: "/projects/shop", storage, commit: async () => undefined, now };
    this.#desk = createAutomationDesk({
      recording: this.#recording,
      storage,
      definitions: { current: () => snapshot, subscribe: () => () => {} },
      control: { enqueued: () => {}, cancel: async (id) => await this.#cancel(id) },
      warm: () => {},
    });
    storage.subscribe(() => {
      this.#gatherAt ??= this.#now + 300;
    });
  }

  async play(): Promise<void> {
    const { fromMs, forMs } = this.#project;
    const daemon = createDaemon({
      desk: this.#desk,
      now: this.#recording.now,
      onTick: () => {},
      onError: (error) => void this.#errors.push(error),
      only: ["schedules", "automation"],
    });
    let next: number | undefined = fromMs;
    for (;;) {
      const round = Math.min(next ?? Number.POSITIVE_INFINITY, this.#gatherAt ?? Number.POSITIVE_INFINITY);
      const act = Math.min(...this.#acts.map(({ at }) => at));
      const at = Math.min(act, round);
      if (at >= fromMs + forMs) return;
      this.#now = Math.max(at, this.#now);
      if (act <= round) await this.#actAt(act);
      else {
        this.#gatherAt = undefined;
        next = await daemon.round();
        if (this.#errors.length > 0) throw this.#errors[0];
        this.#look();
      }
    }
  }

  /** In order of time; those of one moment in the order of their text. */
  async requests(): Promise<RequestLine[]> {
    const runs = await this.#project.storage.listRuns({ limit: 100_000 });
    return runs
      .map(({ createdAtMs, request: { tags, assets, partitions, slices, reexecution } }) => {
        const by =
          reexecution === undefined ? (tags["dop/schedule"] ?? tags["dop/automation"] ?? "") : "retry";
        if (slices !== undefined) throw new Error("slices are not compared");
        return requestLine(
          createdAtMs,
          by,
          assets,
          partitions === undefined ? null : partitionSetText(partitions),
        );
      })
      .sort();
  }

  async #actAt(at: number): Promise<void> {
    for (let place = 0; place < this.#acts.length; ) {
      const one = this.#acts[place];
      if (one?.at !== at) {
        place += 1;
        continue;
      }
      this.#acts.splice(place, 1);
      await one.act();
      place = 0;
    }
  }

  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#acts.push({
      at: this.#now,
      act: async () => {
        this.#isLooking = false;
        await this.#dequeue();
      },
    });
  }

  async #dequeue(): Promise<void> {
    const { storage, settings } = this.#project;
    const queued = await storage.queuedRuns(10_000);
    const entryOf = ({ id, request, createdAtMs }: RunRecord) => ({
      id,
      tags: request.tags,
      priority: request.priority ?? 0,
      createdAtMs,
      pools: [],
    });
    const { chosen } = selectQueuedRuns<RunId>({
      queued: queued.map(entryOf),
      inProgress: [...this.#going.values()].map(({ run }) => entryOf(run)),
      settings: { ...settings, poolLimits: {} },
    });
    for (const id of chosen) {
      const plan = await storage.getPlan(id);
      if (plan === undefined) throw new Error(`${id} has no plan`);
      const epoch = await storage.startAttempt(id, this.#now);
      const going: Going = {
        run: queued.find((run) => run.id === id) as RunRecord,
        epoch,
        left: new Map(plan.steps.map((step) => [step.key, step])),
        going: new Set(),
        done: new Set(),
        seq: 0,
        hasFailed: false,
      };
      this.#going.set(id, going);
      await this.#tell(going, [{ type: "run.started" }]);
      await this.#startSteps(going);
    }
  }

  async #startSteps(going: Going): Promise<void> {
    for (const step of [...going.left.values()]) {
      if (going.going.has(step.key) || !step.after.every((key) => going.done.has(key))) continue;
      going.going.add(step.key);
      await this.#tell(going, [{ type: "step.started", step: step.key, attempt: 1 }]);
      const fails = this.#fails(step);
      this.#acts.push({
        at: this.#now + (this.#project.durations[step.step] as number),
        act: async () => await this.#endStep(going, step, fails),
      });
    }
  }

  async #endStep(going: Going, step: PlannedStep, fails: boolean): Promise<void> {
    const record = await this.#project.storage.getRun(going.run.id);
    if (record === undefined || isTerminal(record.status)) return;
    going.left.delete(step.key);
    going.going.delete(step.key);
    if (fails) {
      going.hasFailed = true;
      await this.#tell(going, [
        { type: "step.failed", step: step.key, durationMs: 1, error: { name: "Error", message: "no" } },
      ]);
      const lost = new Set([step.key]);
      for (const [key, { after }] of going.left)
        if (after.some((before) => lost.has(before))) {
          lost.add(key);
          going.left.delete(key);
        }
    } else {
      going.done.add(step.key);
      await this.#tell(going, bodiesOf(step));
    }
    await this.#startSteps(going);
    if (going.left.size > 0) return;
    const error = { name: "Error", message: "no" };
    const end: RunEventBody = going.hasFailed
      ? { type: "run.failed", error, reason: "step_failure" }
      : { type: "run.succeeded" };
    await this.#tell(going, [end]);
    this.#going.delete(going.run.id);
    await this.#planRetry(going.run.id);
    this.#look();
  }

  async #planRetry(id: RunId): Promise<void> {
    const { storage, settings, snapshot } = this.#project;
    const run = (await storage.getRun(id)) as RunRecord;
    const next = nextRetry(run, await storage.childRuns(run.request.reexecution?.root ?? id), settings);
    if (next === undefined) return;
    this.#acts.push({
      at: Math.max(next.dueAtMs, this.#now),
      act: async () => {
        await runAgain(this.#recording, {
          snapshot,
          run,
          retry: { strategy: next.policy.strategy },
          automatic: { id: randomUUIDv7() as string as RunId, runKey: `retry:${id}:${next.number}` },
        });
        this.#look();
      },
    });
  }

  async #cancel(id: RunId): Promise<void> {
    this.#going.delete(id);
    const { storage } = this.#project;
    await storage.setRunStatus(id, "canceled", { at: this.#now });
    this.#look();
  }

  #fails({ assets }: PlannedStep): boolean {
    const place = this.#project.failures.findIndex(
      ({ asset, atMs }, at) =>
        !this.#failed.has(at) && this.#now >= atMs && assets.some((key) => key === asset),
    );
    if (place >= 0) this.#failed.add(place);
    return place >= 0;
  }

  async #tell(going: Going, bodies: readonly RunEventBody[]): Promise<void> {
    await this.#project.storage.appendEvents(
      bodies.map((body) => ({
        runId: going.run.id,
        epoch: going.epoch,
        seq: ++going.seq,
        at: this.#now,
        ...body,
      })),
    );
  }
}

function bodiesOf(step: PlannedStep): RunEventBody[] {
  const { key, assets, checks, partitions = [null] } = step;
  return [
    ...assets.flatMap((asset) =>
      partitions.map(
        (partition): RunEventBody => ({
          type: step.execution === "observe" ? "asset.observed" : "asset.materialized",
          step: key,
          asset,
          partition,
          metadata: {},
        }),
      ),
    ),
    ...checks.map(
      (check): RunEventBody => ({
        type: "check.evaluated",
        step: key,
        check,
        partition: null,
        passed: true,
        severity: "error",
        blocking: false,
        metadata: {},
      }),
    ),
    { type: "step.succeeded", step: key, durationMs: 1 },
  ];
}
