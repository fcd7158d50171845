import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { FreshnessState } from "../core/freshness.ts";
import { type Ordinals, uniteOrdinals } from "../partition/ordinals.ts";
import type { AutomationFacts, CheckFacts, PartitionFacts, UpdateFact } from "./automation-facts.ts";
import type { Entity } from "./entity-graph.ts";
import type { LeafValue } from "./explain-judge.ts";
import { type Point, type PointNode, partsBelow } from "./explain-point.ts";
import { Tick } from "./tick.ts";
import { keysOfOrdinals } from "./universe.ts";

/**
 * The tick in which changes have come about by events: an update makes present, a check that is asked looks at the
 * newest data. `left` are changes of which facts do not tell: of the clock, of requests, of code and of tags.
 */
export function tickAfter(
  point: Point,
  changes: readonly LeafValue[],
): { readonly tick: Tick; readonly left: readonly LeafValue[] } {
  const { tick } = point.evaluation;
  const facts = new ChangedFacts(tick, point.evaluation.previous?.cursor ?? 0);
  const left = changes.filter((change) => !facts.change(change, askedOf(point.root, change)));
  const now = Temporal.Instant.fromEpochMilliseconds(tick.nowMs);
  const after = new Tick({ ...tick, graph: tick.graph, facts: facts.facts, state: tick.state, now });
  for (const [key, ordinals] of tick.requested) after.requested.set(key, ordinals);
  return { tick: after, left };
}

/** Partitions of which a leaf is asked anywhere in a condition. */
function askedOf(node: PointNode, { leaf }: LeafValue): Ordinals {
  if (node.kind === "leaf") return node.leaf === leaf && node.entity === leaf.entity ? node.asked : [];
  return partsBelow(node)
    .map((part) => askedOf(part, { leaf, holds: true }))
    .reduce(uniteOrdinals, []);
}

class ChangedFacts {
  readonly #tick: Tick;
  /** The end of the last tick's window: an update up to there is not new. */
  readonly #seen: number;
  readonly #partitions = new Map<string, Map<string, PartitionFacts>>();
  readonly #backfills = new Map<string, Ordinals>();
  readonly #checks = new Map<string, CheckFacts>();
  readonly #freshness = new Map<string, FreshnessState>();
  readonly #answers = new Map<string, boolean>();

  constructor(tick: Tick, seen: number) {
    this.#tick = tick;
    this.#seen = seen;
  }

  get facts(): AutomationFacts {
    const { facts } = this.#tick;
    return {
      cursor: facts.cursor + 1,
      dynamicKeys: facts.dynamicKeys,
      run: (id) => facts.run(id),
      updatesSince: (key, partition, cursor) => facts.updatesSince(key, partition, cursor),
      asset: (key) => this.#asset(key),
      check: (key) => this.#checks.get(key) ?? facts.check(key),
      freshness: (key) => this.#freshness.get(key) ?? facts.freshness(key),
      custom: (name, key) => {
        const answer = this.#answers.get(`${name}\n${key}`);
        return answer === undefined ? facts.custom(name, key) : answer ? "all" : [];
      },
    };
  }

  #asset(key: AssetKey): ReturnType<AutomationFacts["asset"]> {
    const known = this.#tick.facts.asset(key);
    const partitions = this.#partitions.get(key) ?? known?.partitions;
    const entity = this.#tick.graph.find(key);
    const backfill = this.#backfills.get(key);
    if (backfill !== undefined && entity !== undefined) {
      const set = this.#tick.universe(entity).encode(backfill);
      return { partitions: partitions ?? new Map(), inBackfill: set === null ? [] : [set] };
    }
    return partitions === undefined ? undefined : { ...known, partitions };
  }

  /** Whether facts can tell the change. */
  change({ leaf: { condition, entity }, holds }: LeafValue, asked: Ordinals): boolean {
    if (condition.type === "custom") {
      this.#answers.set(`${condition.name}\n${entity.key}`, holds);
      return true;
    }
    const state = freshnessStates.get(condition.type);
    if (state !== undefined) {
      this.#freshness.set(entity.key, holds ? state : state === "pass" ? "fail" : "pass");
      return true;
    }
    if (entity.check !== undefined) return this.#changeCheck(condition.type, entity, holds);
    if (condition.type === "backfill_in_progress") {
      this.#backfills.set(entity.key, holds ? asked : []);
      return true;
    }
    const change = partitionChanges.get(condition.type);
    if (change === undefined) return false;
    const partitions = new Map(this.#asset(entity.key as AssetKey)?.partitions);
    this.#partitions.set(entity.key, partitions);
    for (const key of keysOfOrdinals(this.#tick.universe(entity), asked)) {
      const before = partitions.get(key) ?? { failed: false, inRun: false };
      partitions.set(
        key,
        change(before, { holds, entity, seen: this.#seen, update: this.#update(entity, before) }),
      );
    }
    return true;
  }

  /** That which would be told of an update right after now. */
  #update(entity: Entity, before: PartitionFacts): UpdateFact {
    const moment = { cursor: this.#tick.facts.cursor + 1, at: this.#tick.nowMs + 1 };
    const last = entity.materializable ? before.materialized : (before.observed ?? before.materialized);
    const changed = entity.materializable ? (last?.changed ?? moment) : moment;
    return { ...moment, runId: undefined, started: moment, changed };
  }

  #changeCheck(type: string, { key }: Entity, holds: boolean): boolean {
    const before = this.#tick.facts.check(key as CheckKey) ?? { inRun: false, failed: false };
    const known = this.#checks.get(key) ?? before;
    const moment = { cursor: this.#tick.facts.cursor + 1, at: this.#tick.nowMs + 1 };
    const { evaluated: _old, ...rest } = known;
    const answered = (passed: boolean): CheckFacts => ({
      ...rest,
      failed: false,
      evaluated: { ...moment, passed, ofLatest: true },
    });
    switch (type) {
      case "check_passed":
        this.#checks.set(key, answered(holds));
        return true;
      case "check_failed":
        this.#checks.set(key, answered(!holds));
        return true;
      case "missing":
        this.#checks.set(key, holds ? rest : answered(known.evaluated?.passed ?? true));
        return true;
      case "newly_updated":
        if (!holds) return false;
        this.#checks.set(key, answered(known.evaluated?.passed ?? true));
        return true;
      case "run_in_progress":
        this.#checks.set(key, { ...known, inRun: holds });
        return true;
      case "execution_failed":
        this.#checks.set(key, { ...known, failed: holds });
        return true;
      default:
        return false;
    }
  }
}

const freshnessStates: ReadonlyMap<string, FreshnessState> = new Map([
  ["freshness_passed", "pass"],
  ["freshness_warned", "warn"],
  ["freshness_failed", "fail"],
]);

type PartitionChange = (
  before: PartitionFacts,
  change: {
    readonly holds: boolean;
    readonly entity: Entity;
    readonly update: UpdateFact;
    readonly seen: number;
  },
) => PartitionFacts;

function updated(before: PartitionFacts, entity: Entity, update: UpdateFact): PartitionFacts {
  return { ...before, failed: false, [entity.materializable ? "materialized" : "observed"]: update };
}

/** Nothing of an update: it was not made. */
function withoutUpdate({ failed, inRun }: PartitionFacts): PartitionFacts {
  return { failed, inRun };
}

/** The last update was made before the last tick. */
function updatedBefore(before: PartitionFacts, seen: number): PartitionFacts {
  const earlier = (update: UpdateFact): UpdateFact => ({
    ...update,
    cursor: Math.min(update.cursor, seen),
    changed: { ...update.changed, cursor: Math.min(update.changed.cursor, seen) },
  });
  const { materialized, observed } = before;
  return {
    ...before,
    ...(materialized === undefined ? {} : { materialized: earlier(materialized) }),
    ...(observed === undefined ? {} : { observed: earlier(observed) }),
  };
}

const partitionChanges: ReadonlyMap<string, PartitionChange> = new Map<string, PartitionChange>([
  [
    "missing",
    (before, { holds, entity, update }) => (holds ? withoutUpdate(before) : updated(before, entity, update)),
  ],
  ["run_in_progress", (before, { holds }) => ({ ...before, inRun: holds })],
  ["execution_failed", (before, { holds }) => ({ ...before, failed: holds })],
  [
    "newly_updated",
    (before, { holds, entity, update, seen }) =>
      holds ? updated(before, entity, update) : updatedBefore(before, seen),
  ],
  [
    "data_version_changed",
    (before, { holds, entity, update, seen }) =>
      holds
        ? updated(before, entity, { ...update, changed: { cursor: update.cursor, at: update.at } })
        : updatedBefore(before, seen),
  ],
]);
