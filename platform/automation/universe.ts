import type { PartitionSet, PartitionsDefinition } from "../core/partitions.ts";
import { eachOrdinal, noOrdinals, type Ordinals, ordinalsOfNumbers } from "../partition/ordinals.ts";
import { type PartitionKeys, type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { partitionSetOf, resolvePartitionSet } from "../partition/partition-set.ts";

/** The partitions that an asset or check has at one moment, numbered from 0; an unpartitioned one has one. */
export interface Universe {
  readonly definition: PartitionsDefinition | undefined;
  readonly all: Ordinals;
  readonly kind: string;
  /** "" for the unpartitioned one. */
  keyAt(ordinal: number): string;
  /** -1 for a key that is not there now. */
  ordinalOf(key: string): number;
  encode(ordinals: Ordinals): PartitionSet | null;
  decode(set: PartitionSet | null | undefined): Ordinals;
  readonly keys: PartitionKeys | undefined;
}

const one: Ordinals = [[0, 1]];

export const unpartitioned: Universe = {
  definition: undefined,
  all: one,
  kind: "unpartitioned",
  keyAt: () => "",
  ordinalOf: (key) => (key === "" ? 0 : -1),
  encode: (ordinals) => (ordinals.length === 0 ? null : { kind: "all" }),
  decode: (set) => (set == null ? noOrdinals : one),
  keys: undefined,
};

export function universeOf(definition: PartitionsDefinition | undefined, moment: PartitionMoment): Universe {
  if (definition === undefined) return unpartitioned;
  const keys = partitionKeys(definition, moment);
  return {
    definition,
    keys,
    all: keys.count === 0 ? noOrdinals : [[0, keys.count]],
    kind:
      definition.type === "multi" ? `multi:${Object.keys(definition.dimensions).join()}` : definition.type,
    keyAt: (ordinal) => keys.at(ordinal),
    ordinalOf: (key) => keys.indexOf(key),
    encode: (ordinals) => (ordinals.length === 0 ? null : partitionSetOf(ordinals, keys)),
    // Keys that are gone meanwhile are forgotten.
    decode: (set) => (set == null ? noOrdinals : decode(set, keys)),
  };
}

/** A range whose first or last key is gone still names those between; the rest of a set is resolved as it stands. */
function decode(set: PartitionSet, keys: PartitionKeys): Ordinals {
  return resolvePartitionSet(set, keys).ordinals;
}

export function keysOfOrdinals(universe: Universe, ordinals: Ordinals): string[] {
  return Array.from(eachOrdinal(ordinals), (ordinal) => universe.keyAt(ordinal));
}

export function ordinalsOfKeys(universe: Universe, keys: Iterable<string>): Ordinals {
  const found: number[] = [];
  for (const key of keys) {
    const ordinal = universe.ordinalOf(key);
    if (ordinal >= 0) found.push(ordinal);
  }
  return ordinalsOfNumbers(found);
}
