import { walkCondition } from "../core/condition.ts";
import type { ExplainNext, ExplainUpstream } from "../core/explanation.ts";
import type { AutomationFacts, EntityKey } from "./automation-facts.ts";
import { type ConditionReads, nextMoment, readsOf } from "./condition-reads.ts";
import { CronMoments } from "./cron-moments.ts";
import type { Entity } from "./entity-graph.ts";
import type { Decision, TickInput } from "./evaluate.ts";
import { partitionsText } from "./explain-cause.ts";
import { entitiesDecidingOn } from "./explain-tick.ts";
import { freshnessState, nextFreshnessChange } from "./freshness-state.ts";
import { IncrementalAutomation } from "./incremental.ts";
import { ordinalsOfKeys, universeOf } from "./universe.ts";

/** So many moments are looked at. */
const mostMoments = 40;
/** After a moment of the clock what was new at it settles in another tick. */
const settleMs = 30_000;

/**
 * When the entity (its given partition, where there is one) is requested next if nothing happens but that time passes:
 * found by evaluating the moments at which something can change, one after another.
 */
export function nextRequest(
  entity: Entity,
  input: TickInput,
  wanted: { readonly partition?: string } = {},
): ExplainNext {
  const { graph, state, select } = input;
  const deciding = entitiesDecidingOn(entity, input);
  const keys = new Set<string>(deciding.map(({ key }) => key));
  const clock = new Clock(deciding, input);
  const automation = new IncrementalAutomation({ graph, state, select, group: keys });
  let upstream: ExplainUpstream | null = null;
  let at: number | undefined = input.now.epochMilliseconds;
  for (let step = 0; step < mostMoments; step++) {
    for (const moment of [at, at + settleMs]) {
      const now = Temporal.Instant.fromEpochMilliseconds(moment);
      const facts = clock.factsAt(moment);
      const { requested } = automation.tick({ facts, now, changed: clock.freshKeys });
      const own = requested.find((decision) => decision.entity === entity);
      if (own !== undefined && (wanted.partition === undefined || own.partitions.includes(wanted.partition)))
        return { kind: "at", at_ms: moment, by: null, partitions: requestedText(own, facts, now) };
      const [first] = requested.filter((decision) => decision.entity !== entity);
      if (first !== undefined) upstream ??= { entity: first.entity.key, at_ms: moment };
    }
    at = clock.nextAfter(at);
    if (at === undefined) return { kind: "event", until_ms: null, upstream };
  }
  return { kind: "event", until_ms: at, upstream };
}

function requestedText(
  { entity, partitions }: Decision,
  { dynamicKeys }: AutomationFacts,
  now: Temporal.Instant,
): string | null {
  const universe = universeOf(entity.partitions, { now, dynamicKeys });
  return partitionsText(ordinalsOfKeys(universe, partitions), universe);
}

/** What changes by time alone. */
class Clock {
  readonly #reads: readonly ConditionReads[];
  readonly #input: TickInput;
  /** Assets whose freshness somebody asks about. */
  readonly #fresh: readonly Entity[];

  constructor(deciding: readonly Entity[], input: TickInput) {
    this.#input = input;
    const isAsked = deciding.some(({ condition }) =>
      condition === undefined
        ? false
        : [...walkCondition(condition)].some(({ type }) => type.startsWith("freshness_")),
    );
    const reads = deciding
      .filter(({ condition }) => condition !== undefined)
      .map((entity) => readsOf(entity, input.graph));
    this.#reads = mergedReads(reads);
    const read = new Set(reads.flatMap(({ entities }) => [...entities]));
    this.#fresh = isAsked
      ? [...read]
          .map((key) => input.graph.find(key))
          .filter((entity) => entity?.asset?.freshnessPolicy !== undefined)
          .filter((entity) => entity !== undefined)
      : [];
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
function mergedReads(all: readonly ConditionReads[]): readonly ConditionReads[] {
  const crons = new Map<string, ConditionReads["crons"][number]>();
  const entities = new Set<string>();
  for (const reads of all) {
    for (const cron of reads.crons) crons.set(`${cron.cron} ${cron.timeZone}`, cron);
    for (const key of reads.entities) entities.add(key);
  }
  return [{ crons: [...crons.values()], entities, asksCode: false }];
}
