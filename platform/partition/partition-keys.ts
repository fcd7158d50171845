// `partition` knows which slices an asset has, names sets of them, and maps those of one asset to another's.

import type {
  MultiPartitions,
  PartitionKey,
  PartitionsDefinition,
  TimePartitions,
} from "../core/partitions.ts";
import { multiKey, parseMultiKey } from "./multi-key.ts";
import { type TimeWindows, timeWindowsOf } from "./time-windows.ts";

/** Keys of dynamic partitions by the name of their definition, in the order in which they were added. */
export type DynamicKeys = { readonly [name: string]: readonly string[] };

/** What decides which partitions there are. */
export interface PartitionMoment {
  readonly now: Temporal.Instant;
  readonly dynamicKeys?: DynamicKeys;
}

/** The keys that a definition has at one moment, in order and counted from 0; none is made before it is asked for. */
export interface PartitionKeys extends Iterable<PartitionKey> {
  readonly definition: PartitionsDefinition;
  readonly count: number;
  /** Throws RangeError beyond `count`. */
  at(index: number): PartitionKey;
  /** -1 for a key that does not exist now; a multi key may also be written `a|b`. */
  indexOf(key: string): number;
  has(key: string): boolean;
  /** The newest window of time partitions, otherwise the last key; `undefined` when there is none. */
  latest(): PartitionKey | undefined;
}

/** Throws RangeError for a definition that `validatePartitions` refuses. */
export function partitionKeys(definition: PartitionsDefinition, moment: PartitionMoment): PartitionKeys {
  switch (definition.type) {
    case "time":
      return new TimeKeys(definition, moment.now.epochMilliseconds);
    case "static":
      return new ListedKeys(definition, definition.keys);
    case "dynamic":
      return new ListedKeys(definition, moment.dynamicKeys?.[definition.name] ?? []);
    case "multi":
      return new MultiKeys(definition, moment);
  }
}

/** Keys from `first` to `last`, both included; throws RangeError where one does not exist or they are reversed. */
export function keysInRange(keys: PartitionKeys, first: string, last: string): PartitionKey[] {
  const from = keys.indexOf(first);
  const to = keys.indexOf(last);
  if (from < 0 || to < 0) throw new RangeError(`there is no partition ${from < 0 ? first : last}`);
  if (to < from) throw new RangeError(`the range ${first}..${last} ends before it starts`);
  return Array.from({ length: to - from + 1 }, (_, index) => keys.at(from + index));
}

/** The half-open window of a key; `undefined` for a text that is no key of the definition, past or future. */
export function windowOfKey(
  definition: TimePartitions,
  key: string,
): { readonly start: Temporal.ZonedDateTime; readonly end: Temporal.ZonedDateTime } | undefined {
  const windows = timeWindowsOf(definition);
  const index = windows.indexOf(key);
  if (index < 0) return undefined;
  const { start, end } = windows.window(index);
  const zoned = (ms: number) =>
    Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(definition.timeZone);
  return { start: zoned(start), end: zoned(end) };
}

/** The name of the first time dimension of multi partitions; at most one is allowed. */
export function timeDimension(definition: MultiPartitions): string | undefined {
  return Object.keys(definition.dimensions)
    .toSorted()
    .find((name) => definition.dimensions[name]?.type === "time");
}

export class TimeKeys implements PartitionKeys {
  readonly definition: TimePartitions;
  readonly windows: TimeWindows;
  readonly count: number;

  constructor(definition: TimePartitions, nowMs: number) {
    this.definition = definition;
    this.windows = timeWindowsOf(definition);
    this.count = this.windows.count(nowMs);
  }

  at(index: number): PartitionKey {
    if (index < 0 || index >= this.count)
      throw new RangeError(`there is no partition ${index} of ${this.count}`);
    return this.windows.key(index) as PartitionKey;
  }

  indexOf(key: string): number {
    const index = this.windows.indexOf(key);
    return index < this.count ? index : -1;
  }

  has(key: string): boolean {
    return this.indexOf(key) >= 0;
  }

  latest(): PartitionKey | undefined {
    return this.count === 0 ? undefined : this.at(this.count - 1);
  }

  *[Symbol.iterator](): Generator<PartitionKey> {
    for (let index = 0; index < this.count; index++) yield this.windows.key(index) as PartitionKey;
  }
}

class ListedKeys implements PartitionKeys {
  readonly definition: PartitionsDefinition;
  readonly #keys: readonly string[];
  #places: ReadonlyMap<string, number> | undefined;

  constructor(definition: PartitionsDefinition, keys: readonly string[]) {
    this.definition = definition;
    this.#keys = keys;
  }

  get count(): number {
    return this.#keys.length;
  }

  at(index: number): PartitionKey {
    const key = this.#keys[index];
    if (key === undefined) throw new RangeError(`there is no partition ${index} of ${this.count}`);
    return key as PartitionKey;
  }

  indexOf(key: string): number {
    this.#places ??= new Map(this.#keys.map((one, index) => [one, index]));
    return this.#places.get(key) ?? -1;
  }

  has(key: string): boolean {
    return this.indexOf(key) >= 0;
  }

  latest(): PartitionKey | undefined {
    return this.#keys.at(-1) as PartitionKey | undefined;
  }

  [Symbol.iterator](): Iterator<PartitionKey> {
    return this.#keys[Symbol.iterator]() as Iterator<PartitionKey>;
  }
}

/** Numbered like digits of a number: the last dimension by name counts fastest. */
export class MultiKeys implements PartitionKeys {
  readonly definition: MultiPartitions;
  readonly names: readonly string[];
  readonly dimensions: readonly PartitionKeys[];
  readonly count: number;

  constructor(definition: MultiPartitions, moment: PartitionMoment) {
    this.definition = definition;
    this.names = Object.keys(definition.dimensions).toSorted();
    this.dimensions = this.names.map((name) =>
      partitionKeys(definition.dimensions[name] as PartitionsDefinition, moment),
    );
    this.count = this.dimensions.reduce((product, keys) => product * keys.count, 1);
  }

  at(index: number): PartitionKey {
    if (index < 0 || index >= this.count)
      throw new RangeError(`there is no partition ${index} of ${this.count}`);
    let rest = index;
    const values: Record<string, string> = {};
    for (let place = this.names.length - 1; place >= 0; place--) {
      const keys = this.dimensions[place] as PartitionKeys;
      values[this.names[place] as string] = keys.at(rest % keys.count);
      rest = Math.floor(rest / keys.count);
    }
    return multiKey(values);
  }

  indexOf(key: string): number {
    const values = parseMultiKey(this.definition, key);
    if (values === undefined) return -1;
    let index = 0;
    for (const [place, name] of this.names.entries()) {
      const keys = this.dimensions[place] as PartitionKeys;
      const digit = keys.indexOf(values[name] as string);
      if (digit < 0) return -1;
      index = index * keys.count + digit;
    }
    return index;
  }

  has(key: string): boolean {
    return this.indexOf(key) >= 0;
  }

  latest(): PartitionKey | undefined {
    return this.count === 0 ? undefined : this.at(this.count - 1);
  }

  *[Symbol.iterator](): Generator<PartitionKey> {
    for (let index = 0; index < this.count; index++) yield this.at(index);
  }
}
