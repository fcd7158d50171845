import { randomUUID } from "node:crypto";
import type { AutomationFacts, EntityKey } from "../automation/automation-facts.ts";
import type { GroupMembers } from "../automation/automation-groups.ts";
import { type EntityState, emptyState } from "../automation/automation-state.ts";
import type { EntityGraph } from "../automation/entity-graph.ts";
import { requestCauses } from "../automation/explain-request.ts";
import { GroupTurn } from "../automation/group-turn.ts";
import { IncrementalAutomation, type IncrementalResult } from "../automation/incremental.ts";
import { requestedRuns } from "../automation/requested-runs.ts";
import type { SelectionSet } from "../automation/selection-set.ts";
import type { SensorSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import { namesText } from "../core/names-text.ts";
import { groupStatesPrefix, groupTurnName, windowOfTurn } from "../instance/automation-cursors.ts";
import { instigatorName } from "../instance/instigators.ts";
import { recordTick } from "./record-tick.ts";
import type { TickRound } from "./tick-round.ts";

/** What is evaluated, as long as the definitions stay the same. */
export interface EvaluatedGraph {
  readonly graph: EntityGraph;
  select(selection: string): SelectionSet;
}

/** One automation group: its conditions, their state from tick to tick, and the runs that come of it. */
export class AutomationGroup {
  readonly spec: SensorSpec;
  readonly #evaluated: EvaluatedGraph;
  readonly #members: SelectionSet;
  readonly #turns: GroupTurn;
  #engine: IncrementalAutomation | undefined;
  #turn: string | null = null;
  #window: number | undefined;

  constructor({ spec, members }: GroupMembers, evaluated: EvaluatedGraph) {
    this.spec = spec;
    this.#evaluated = evaluated;
    this.#members = members;
    this.#turns = new GroupTurn(spec);
  }

  /** Where the window of its last tick ended. */
  get window(): number | undefined {
    return this.#window;
  }

  /** Something became known of these. */
  note(changed: Iterable<EntityKey>): void {
    this.#turns.note(changed);
  }

  /** Takes up what was stored last, unless that is known. The facts of the tick that follows are read afterwards. */
  async open(round: TickRound): Promise<void> {
    this.#engine ??= await this.#open(round);
  }

  /** Ticks if it is due; gives the moment at which it is next. */
  async round(round: TickRound, facts: AutomationFacts): Promise<number | undefined> {
    if (!this.#turns.isDue(round.now.epochMilliseconds)) return this.#turns.next;
    try {
      await this.#tick(round, facts);
    } catch (error) {
      this.#forget();
      throw error;
    }
    return this.#turns.next;
  }

  async #tick(round: TickRound, facts: AutomationFacts): Promise<void> {
    const engine = this.#engine;
    // It could not be opened; the next round tries again.
    if (engine === undefined) return;
    const result = this.#turns.tick(engine, { facts, now: round.now });
    this.#window = facts.cursor;
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
    this.#turns.restart();
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
      reasons: result.requested.length > 0 ? [] : [`not due: ${namesText([...result.states.keys()], 3)}`],
      body: bodyOf(result),
      cursors: [...result.states].map(([key, state]) => ({
        name: groupStatesPrefix(this.spec.name) + key,
        value: state === undefined ? null : JSON.stringify(state),
      })),
      turn: { name: groupTurnName(this.spec.name), expected: this.#turn, value: turn },
      tellsReason: false,
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
