import type { PartitionsDefinition } from "../core/partitions.ts";
import {
  noOrdinals,
  type Ordinals,
  ordinalsOfNumbers,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import type { AssetFacts, PartitionFacts } from "./automation-facts.ts";
import type { Entity } from "./entity-graph.ts";
import type { Universe } from "./universe.ts";

/** What is known of an asset's partitions, by their ordinals; keys that are no partitions now are left out. */
export interface PartitionsByOrdinal {
  readonly byOrdinal: ReadonlyMap<number, PartitionFacts>;
  /** Those that are brought up to date already. */
  readonly there: Ordinals;
  readonly inRun: Ordinals;
  readonly failed: Ordinals;
  /** Place in the log of the newest materialization or observation; -1 without any. */
  readonly newest: number;
}

/** What was found of the same facts before, where partitions keep their ordinals: then only changes are looked at. */
const found = new WeakMap<AssetFacts["partitions"], Reading>();

export function partitionsByOrdinal(
  { materializable }: Pick<Entity, "materializable">,
  universe: Universe,
  { partitions, changes }: AssetFacts,
): PartitionsByOrdinal {
  const { definition, keys } = universe;
  const count = keys?.count ?? 0;
  const before = found.get(partitions);
  const changed =
    before?.fits({ definition, materializable, count }) === true
      ? changes?.since(before.revision)
      : undefined;
  const reading = changed === undefined ? new Reading({ definition, materializable, count }) : before;
  if (reading === undefined) throw new Error("changes are known of a reading that is not");
  reading.take(changed ?? partitions.keys(), partitions, universe);
  reading.revision = changes?.revision ?? 0;
  if (changes !== undefined && keepsOrdinals(definition)) found.set(partitions, reading);
  return reading.now();
}

/** Whether a partition that was there keeps its ordinal as time goes on. */
function keepsOrdinals(definition: PartitionsDefinition | undefined): boolean {
  return definition?.type === "time" || definition?.type === "static";
}

interface ReadFor {
  readonly definition: PartitionsDefinition | undefined;
  readonly materializable: boolean;
  /** How many partitions there are. */
  readonly count: number;
}

class Reading {
  #for: ReadFor;
  readonly #byOrdinal = new Map<number, PartitionFacts>();
  #there = noOrdinals;
  #inRun = noOrdinals;
  #failed = noOrdinals;
  #newest = -1;
  /** Whether a key was left out, which may be a partition later. */
  #leftOut = false;
  revision = 0;

  constructor(wanted: ReadFor) {
    this.#for = wanted;
  }

  fits({ definition, materializable, count }: ReadFor): boolean {
    if (definition !== this.#for.definition || materializable !== this.#for.materializable) return false;
    return count === this.#for.count || (count > this.#for.count && !this.#leftOut);
  }

  take(keys: Iterable<string>, partitions: AssetFacts["partitions"], universe: Universe): void {
    this.#for = { ...this.#for, count: universe.keys?.count ?? 0 };
    const looked: number[] = [];
    const there: number[] = [];
    const inRun: number[] = [];
    const failed: number[] = [];
    for (const key of keys) {
      const partition = partitions.get(key);
      const ordinal = universe.ordinalOf(key);
      if (ordinal < 0 || partition === undefined) {
        this.#leftOut = true;
        continue;
      }
      const { materialized, observed } = partition;
      this.#byOrdinal.set(ordinal, partition);
      this.#newest = Math.max(this.#newest, materialized?.cursor ?? -1, observed?.cursor ?? -1);
      looked.push(ordinal);
      if (materialized !== undefined || (!this.#for.materializable && observed !== undefined))
        there.push(ordinal);
      if (partition.inRun) inRun.push(ordinal);
      if (partition.failed) failed.push(ordinal);
    }
    const fresh = ordinalsOfNumbers(looked);
    const withThese = (before: Ordinals, now: readonly number[]): Ordinals =>
      uniteOrdinals(subtractOrdinals(before, fresh), ordinalsOfNumbers(now));
    this.#there = withThese(this.#there, there);
    this.#inRun = withThese(this.#inRun, inRun);
    this.#failed = withThese(this.#failed, failed);
  }

  now(): PartitionsByOrdinal {
    return {
      byOrdinal: this.#byOrdinal,
      there: this.#there,
      inRun: this.#inRun,
      failed: this.#failed,
      newest: this.#newest,
    };
  }
}
