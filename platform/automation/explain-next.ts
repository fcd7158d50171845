import type { ExplainNext, ExplainUpstream } from "../core/explanation.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import { type ConditionReads, nextMoment, readsOf } from "./condition-reads.ts";
import { conditionTypes } from "./condition-types.ts";
import { CronMoments } from "./cron-moments.ts";
import type { Entity, EntityGraph } from "./entity-graph.ts";
import type { Decision, TickInput } from "./evaluate.ts";
import { partitionsText } from "./explain-cause.ts";
import { entitiesDecidingOn } from "./explain-tick.ts";
import { freshnessState, nextFreshnessChange } from "./freshness-state.ts";
import { IncrementalAutomation, type IncrementalResult } from "./incremental.ts";
import { Tick } from "./tick.ts";
import { ordinalsOfKeys, universeOf } from "./universe.ts";

/** So many moments are looked at, and fewer where so many evaluations were needed. */
const mostMoments = 40;
const mostEvaluated = 2000;
/** After a moment of the clock what was new at it settles in another tick. */
const settleMs = 30_000;

/** What becomes of an entity from a moment on if nothing happens but that time passes. */
export class Outlook {
  /** The tick of that moment when everything has been decided that comes before the entity. */
  readonly tick: Tick;
  readonly #entity: Entity;
  readonly #input: TickInput;
  readonly #clock: Clock;
  readonly #automation: IncrementalAutomation;
  readonly #first: IncrementalResult;

  constructor(entity: Entity, input: TickInput) {
    const { graph, state, select, group } = input;
    const deciding = entitiesDecidingOn(entity, input).filter(({ key }) => group?.has(key) !== false);
    const keys = new Set<string>(deciding.map(({ key }) => key));
    let decided: Tick | undefined;
    this.#entity = entity;
    this.#input = input;
    this.#clock = new Clock(deciding, input);
    this.#automation = new IncrementalAutomation({
      ...{ graph, state, select, group: keys },
      proof: "never",
    });
    this.#first = this.#automation.tick({
      facts: input.facts,
      now: input.now,
      changed: [],
      before: (one, tick) => {
        if (one === entity) decided = tick.asOfNow(state);
      },
    });
    this.tick = decided ?? new Tick(input);
  }

  /** Whether the partition is requested at that moment, by itself or along with another entity. */
  isRequested(entity: string, partition: string): boolean {
    return this.#first.requested.some(
      (decision) => decision.entity.key === entity && decision.partitions.includes(partition),
    );
  }

  /**
   * When the entity (its given partition, where there is one) is requested next: found by evaluating the moments at
   * which something can change, one after another. Call it once.
   */
  next(wanted: { readonly partition?: string } = {}): ExplainNext {
    let upstream: ExplainUpstream | null = null;
    let left = mostEvaluated;
    let at = this.#input.now.epochMilliseconds;
    let result = this.#first;
    for (let step = 0; step < mostMoments && left > 0; step++) {
      for (const moment of [at, at + settleMs]) {
        if (step > 0 || moment !== at) result = this.#tickAt(moment);
        left -= step > 0 || moment !== at ? result.evaluated : 0;
        const own = result.requested.find(({ entity }) => entity === this.#entity);
        if (
          own !== undefined &&
          (wanted.partition === undefined || own.partitions.includes(wanted.partition))
        )
          return { kind: "at", at_ms: moment, by: null, partitions: this.#partitionsOf(own, moment) };
        const first = result.requested.find(({ entity }) => entity !== this.#entity);
        if (first !== undefined) upstream ??= { entity: first.entity.key, at_ms: moment };
      }
      const next = this.#clock.nextAfter(at);
      if (next === undefined) return { kind: "event", until_ms: null, upstream };
      at = next;
    }
    return { kind: "event", until_ms: at, upstream };
  }

  #tickAt(moment: number): IncrementalResult {
    const now = Temporal.Instant.fromEpochMilliseconds(moment);
    return this.#automation.tick({ facts: this.#clock.factsAt(moment), now, changed: this.#clock.freshKeys });
  }

  #partitionsOf({ entity, partitions }: Decision, moment: number): string | null {
    const now = Temporal.Instant.fromEpochMilliseconds(moment);
    const universe = universeOf(entity.partitions, { now, dynamicKeys: this.#input.facts.dynamicKeys });
    return partitionsText(ordinalsOfKeys(universe, partitions), universe);
  }
}

const freshnessOperands: ReadonlySet<string> = new Set([
  "freshness_passed",
  "freshness_warned",
  "freshness_failed",
]);

/** What changes by time alone. */
class Clock {
  readonly #reads: readonly ConditionReads[];
  readonly #input: TickInput;
  /** Assets whose freshness somebody asks about. */
  readonly #fresh: readonly Entity[];

  constructor(deciding: readonly Entity[], input: TickInput) {
    this.#input = input;
    const reads = deciding
      .filter(({ condition }) => condition !== undefined)
      .map((entity) => readsOf(entity, input.graph));
    this.#reads = mergedReads(reads, input.graph);
    const isAsked = deciding.some(
      ({ condition }) =>
        condition !== undefined && !conditionTypes(condition).isDisjointFrom(freshnessOperands),
    );
    const read = isAsked ? new Set(reads.flatMap(({ entities }) => [...entities])) : [];
    this.#fresh = [...read]
      .map((key) => input.graph.find(key))
      .filter((entity) => entity?.asset?.freshnessPolicy !== undefined)
      .filter((entity) => entity !== undefined);
  }

  /** What may be fresh no longer at any moment. */
  get freshKeys(): readonly EntityKey[] {
    return this.#fresh.map(({ key }) => key);
  }

  nextAfter(at: number): number | undefined {
    const { graph } = this.#input;
    const crons = new CronMoments(at);
    const moments = this.#reads.map((reads) => nextMoment(reads, graph, crons));
    for (const entity of this.#fresh) {
      const policy = entity.asset?.freshnessPolicy;
      if (policy !== undefined) moments.push(nextFreshnessChange(policy, this.#materializedAt(entity), at));
    }
    return moments.reduce((a, b) => (a === undefined || (b !== undefined && b < a) ? b : a), undefined);
  }

  factsAt(at: number): AutomationFacts {
    const { facts, now, graph } = this.#input;
    if (at === now.epochMilliseconds || this.#fresh.length === 0) return facts;
    return {
      ...facts,
      asset: (key) => facts.asset(key),
      check: (key) => facts.check(key),
      run: (id) => facts.run(id),
      updatesSince: (key, partition, cursor) => facts.updatesSince(key, partition, cursor),
      custom: (name, key) => facts.custom(name, key),
      freshness: (key) => {
        const entity = graph.find(key);
        const policy = entity?.asset?.freshnessPolicy;
        if (entity === undefined || policy === undefined || (policy.scope ?? "asset") !== "asset")
          return facts.freshness(key);
        return freshnessState(policy, this.#materializedAt(entity), at);
      },
      cursor: facts.cursor,
      dynamicKeys: facts.dynamicKeys,
    };
  }

  #materializedAt(entity: Entity): number | undefined {
    const partitions = this.#input.facts.asset(entity.key as never)?.partitions.values() ?? [];
    const times = [...partitions].map(({ materialized }) => materialized?.at ?? Number.NEGATIVE_INFINITY);
    const latest = times.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    return latest === Number.NEGATIVE_INFINITY ? undefined : latest;
  }
}

/** Those that differ in what passes by the clock: crons by their text, windows by their definition. */
function mergedReads(all: readonly ConditionReads[], graph: EntityGraph): readonly ConditionReads[] {
  const crons = new Map<string, ConditionReads["crons"][number]>();
  const keys = new Set<string>();
  for (const reads of all) {
    for (const cron of reads.crons) crons.set(`${cron.cron} ${cron.timeZone}`, cron);
    for (const key of reads.entities) keys.add(key);
  }
  const entities = new Map<PartitionsDefinition, string>();
  for (const key of keys) {
    const partitions = graph.find(key)?.partitions;
    if (partitions !== undefined) entities.set(partitions, key);
  }
  return [{ crons: [...crons.values()], entities: new Set(entities.values()), asksCode: false }];
}
