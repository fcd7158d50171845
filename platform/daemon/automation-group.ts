import { randomUUID } from "node:crypto";
import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import { type EntityState, emptyState } from "../automation/automation-state.ts";
import type { EntityGraph } from "../automation/entity-graph.ts";
import type { SelectionSet } from "../automation/evaluate.ts";
import { requestCauses } from "../automation/explain-request.ts";
import { IncrementalAutomation, type IncrementalResult } from "../automation/incremental.ts";
import type { SensorSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import { groupStatesPrefix, groupTurnName, windowOfTurn } from "../instance/automation-cursors.ts";
import { instigatorName } from "../instance/instigators.ts";
import { requestedRuns } from "../instance/requested-runs.ts";
import { recordTick } from "./record-tick.ts";
import { soonest, type TickRound } from "./tick-round.ts";

/** What is evaluated, as long as the definitions stay the same. */
export interface EvaluatedGraph {
  readonly graph: EntityGraph;
  select(selection: string): SelectionSet;
}

/** A tick is due again after so long even if nothing happens, and after one that evaluated something soon. */
const idleMs = 30_000;
const settleMs = 1_000;

/** One automation group: its conditions, their state from tick to tick, and the runs that come of it. */
export class AutomationGroup {
  readonly spec: SensorSpec;
  readonly #evaluated: EvaluatedGraph;
  readonly #members: SelectionSet;
  #engine: IncrementalAutomation | undefined;
  #turn: string | null = null;
  #changed = new Set<EntityKey>();
  #window: number | undefined;
  #lastAt = 0;
  #nextAt: number | undefined = 0;

  constructor(spec: SensorSpec, evaluated: EvaluatedGraph, members: SelectionSet) {
    this.spec = spec;
    this.#evaluated = evaluated;
    this.#members = members;
  }

  /** Where the window of its last tick ended. */
  get window(): number | undefined {
    return this.#window;
  }

  /** Something became known of these. */
  note(changed: Iterable<EntityKey>): void {
    for (const key of changed) this.#changed.add(key);
  }

  /** Ticks if it is due; gives the moment at which it is next. */
  async round(round: TickRound, facts: AutomationFacts): Promise<number | undefined> {
    const now = round.now.epochMilliseconds;
    const earliest = this.#lastAt + this.spec.minimumIntervalSeconds * 1000;
    const isDue = this.#changed.size > 0 || now >= (this.#nextAt ?? Number.POSITIVE_INFINITY);
    if (!isDue) return this.#nextAt;
    if (now < earliest) return earliest;
    try {
      await this.#tick(round, facts);
    } catch (error) {
      this.#forget();
      throw error;
    }
    return this.#nextAt;
  }

  async #tick(round: TickRound, facts: AutomationFacts): Promise<void> {
    const now = round.now.epochMilliseconds;
    this.#engine ??= await this.#open(round);
    const engine = this.#engine;
    const changed = this.#changed;
    this.#changed = new Set();
    const result = engine.tick({ facts, now: round.now, changed });
    this.#lastAt = now;
    this.#window = facts.cursor;
    const isNews = changed.size > 0 || result.requested.length > 0;
    const soon = now + (isNews ? settleMs : idleMs);
    this.#nextAt = Math.max(
      soonest(soon, result.nextWake) as number,
      now + this.spec.minimumIntervalSeconds * 1000,
    );
    if (result.requested.length === 0 && result.states.size === 0) return;
    const causes = requestCauses(result, {
      ...this.#evaluated,
      select: (selection) => this.#evaluated.select(selection),
      facts,
      state: emptyState,
      now: round.now,
    });
    // Somebody else was first: what was decided there is the state now.
    if (!(await this.#commit(round, { ...result, causes }, facts.cursor))) this.#forget();
  }

  #forget(): void {
    this.#engine = undefined;
    this.#nextAt = 0;
  }

  async #open({ desk }: TickRound): Promise<IncrementalAutomation> {
    this.#turn = (await desk.storage.getCursor(groupTurnName(this.spec.name))) ?? null;
    const stored = await desk.storage.listCursors(groupStatesPrefix(this.spec.name));
    const entities = Object.fromEntries(
      [...stored].map(([key, text]) => [key, JSON.parse(text) as EntityState] as const),
    );
    const { graph, select } = this.#evaluated;
    return new IncrementalAutomation({ graph, select, state: { entities }, group: this.#members });
  }

  async #commit(round: TickRound, result: ExplainedResult, cursor: number): Promise<boolean> {
    const { desk, snapshot, now } = round;
    const moment = await desk.moment(snapshot, now);
    const tags = { ...this.spec.tags, "dop/automation": this.spec.name };
    const wanted = requestedRuns(result.requested, this.#evaluated.graph, moment);
    const prepared = await desk.prepare(
      snapshot,
      wanted.map((request) => ({ ...request, tags })),
    );
    const turn = JSON.stringify({ cursor, token: randomUUID() } satisfies Turn);
    const recorded = await recordTick(round, {
      ...prepared,
      instigator: instigatorName("sensor", this.spec.name),
      reasons: [],
      body: bodyOf(result),
      cursors: [...result.states].map(([key, state]) => ({
        name: groupStatesPrefix(this.spec.name) + key,
        value: state === undefined ? null : JSON.stringify(state),
      })),
      turn: { name: groupTurnName(this.spec.name), expected: this.#turn, value: turn },
      tellsReason: true,
    });
    if (recorded) this.#turn = turn;
    return recorded;
  }
}

interface Turn {
  /** End of the tick's window. */
  readonly cursor: number;
  readonly token: string;
}

/** Where the window of the group's last tick ended. */
export async function windowOf(spec: SensorSpec, { desk }: TickRound): Promise<number | undefined> {
  return windowOfTurn(await desk.storage.getCursor(groupTurnName(spec.name)));
}

interface ExplainedResult extends IncrementalResult {
  readonly causes: ReturnType<typeof requestCauses>;
}

/** Partitions of one entity that a tick's record names; of more it tells the number. */
const mostNamed = 20;

function bodyOf({ requested, evaluated, causes }: ExplainedResult): Json {
  return {
    evaluated,
    requested: requested.map(({ entity, partitions }) => ({
      key: entity.key,
      ...(entity.partitions === undefined
        ? {}
        : { count: partitions.length, partitions: partitions.slice(0, mostNamed) }),
      ...(causes.has(entity.key) ? { causes: causes.get(entity.key) as unknown as Json } : {}),
    })),
  };
}
