import type {
  MultiPartitions,
  PartitionKey,
  PartitionMapping,
  PartitionsDefinition,
} from "../core/partitions.ts";
import {
  type DimensionMapping,
  linkedDimension,
  linksOf,
  type PartitionedDep,
  productOf,
  valuesOf,
} from "./dimension-mapping.ts";
import {
  eachOrdinal,
  noOrdinals,
  type Ordinals,
  ordinalsOfIntervals,
  ordinalsOfNumbers,
} from "./ordinals.ts";
import { type PartitionKeys, partitionKeys, type TimeKeys } from "./partition-keys.ts";
import type { MappedDep, MappedSides } from "./same-partitions.ts";
import { mapTimeDown, mapTimeUp } from "./time-mapping.ts";

/** What slices of an asset need of one upstream asset. */
export interface UpstreamKeys {
  /** In the order of the upstream definition. */
  readonly keys: readonly PartitionKey[];
  /** Needed too, but the upstream asset does not have them. */
  readonly missing: readonly string[];
}

/**
 * Either side unpartitioned: all. One side with several dimensions: by the dimension that fits. Both time: by time.
 * Else by equal keys.
 */
export function defaultMapping({ downstream, upstream }: MappedSides): PartitionMapping {
  if (downstream === undefined || upstream === undefined) return { type: "all" };
  if (downstream.type === "multi" && upstream.type === "multi") return { type: "identity" };
  if (downstream.type === "multi" || upstream.type === "multi") {
    const [multi, single] = (
      downstream.type === "multi" ? [downstream, upstream] : [upstream, downstream]
    ) as [MultiPartitions, PartitionsDefinition];
    return linkedDimension(multi, single) === undefined ? { type: "identity" } : { type: "multi_to_single" };
  }
  if (downstream.type === "time" && upstream.type === "time") {
    return { type: "time_window", startOffset: 0, endOffset: 0, allowNonexistent: false };
  }
  return { type: "identity" };
}

/** The upstream slices that `keys` of the downstream asset need; nothing for an unpartitioned upstream asset. */
export function upstreamKeys(dep: MappedDep, keys: Iterable<string>): UpstreamKeys {
  const { downstream, upstream, moment } = dep;
  if (upstream === undefined) return { keys: [], missing: [] };
  const above = partitionKeys(upstream, moment);
  const mapping = dep.mapping ?? defaultMapping(dep);
  const wanted = [...keys];
  if (mapping.type === "all" || downstream === undefined) {
    if (mapping.type === "last" || mapping.type === "specific") return namedKeys(mapping, above);
    return { keys: [...above], missing: [] };
  }
  switch (mapping.type) {
    case "identity":
      return byEqualKey(wanted, above);
    case "last":
    case "specific":
      return wanted.length === 0 ? { keys: [], missing: [] } : namedKeys(mapping, above);
    case "static": {
      const needed = new Set(wanted);
      return byEqualKey(
        Object.keys(mapping.map).filter((key) => mapping.map[key]?.some((one) => needed.has(one))),
        above,
      );
    }
    case "time_window": {
      const { ordinals, missing } = mapTimeUp(
        mapping,
        { downstream: partitionKeys(downstream, moment) as TimeKeys, upstream: above as TimeKeys },
        wanted,
      );
      return { keys: keysOf(ordinals, above), missing };
    }
    case "multi_to_single":
    case "multi":
      return mapDimensionsUp(mapping, { ...dep, downstream, upstream }, { wanted, above });
  }
}

/** The downstream slices that `keys` of the upstream asset touch; nothing for an unpartitioned downstream asset. */
export function downstreamKeys(dep: MappedDep, keys: Iterable<string>): PartitionKey[] {
  const { downstream, upstream, moment } = dep;
  if (downstream === undefined) return [];
  const below = partitionKeys(downstream, moment);
  const mapping = dep.mapping ?? defaultMapping(dep);
  const given = [...keys];
  const all = (touched: boolean): PartitionKey[] => (touched ? [...below] : []);
  if (upstream === undefined) return all(true);
  switch (mapping.type) {
    case "all":
      return all(given.length > 0);
    case "last": {
      const latest = partitionKeys(upstream, moment).latest();
      return all(latest !== undefined && given.includes(latest));
    }
    case "specific":
      return all(given.some((key) => mapping.keys.includes(key)));
    case "identity":
      return [...byEqualKey(given, below).keys];
    case "static":
      return [
        ...byEqualKey(
          given.flatMap((key) => mapping.map[key] ?? []),
          below,
        ).keys,
      ];
    case "time_window":
      return keysOf(
        mapTimeDown(
          mapping,
          { downstream: below as TimeKeys, upstream: partitionKeys(upstream, moment) as TimeKeys },
          given,
        ),
        below,
      );
    case "multi_to_single":
    case "multi":
      return mapDimensionsDown(mapping, { ...dep, downstream, upstream }, { given, below });
  }
}

function byEqualKey(wanted: readonly string[], keys: PartitionKeys): UpstreamKeys {
  const found: number[] = [];
  const missing: string[] = [];
  for (const key of wanted) {
    const ordinal = keys.indexOf(key);
    if (ordinal < 0) missing.push(key);
    else found.push(ordinal);
  }
  return { keys: keysOf(ordinalsOfNumbers(found), keys), missing };
}

function namedKeys(
  mapping: Extract<PartitionMapping, { type: "last" | "identity" | "all" | "specific" }>,
  keys: PartitionKeys,
): UpstreamKeys {
  if (mapping.type === "specific") return byEqualKey(mapping.keys, keys);
  const latest = keys.latest();
  return { keys: latest === undefined ? [] : [latest], missing: [] };
}

function keysOf(ordinals: Ordinals, keys: PartitionKeys): PartitionKey[] {
  return Array.from(eachOrdinal(ordinals), (ordinal) => keys.at(ordinal));
}

function mapDimensionsUp(
  mapping: DimensionMapping,
  dep: PartitionedDep,
  { wanted, above }: { wanted: readonly string[]; above: PartitionKeys },
): UpstreamKeys {
  const links = linksOf(mapping, dep);
  const ordinals: Ordinals[] = [];
  const missing = new Set<string>();
  for (const key of wanted) {
    const values = valuesOf(dep.downstream, key);
    if (values === undefined) continue;
    const parts = links.map(({ from, to, dep: inner }) => ({
      to,
      ...upstreamKeys(inner, [values[from ?? ""] as string]),
    }));
    const existing = productOf(
      dep.upstream,
      parts.map(({ to, keys }) => [to, keys] as const),
      dep.moment,
    );
    ordinals.push(
      ordinalsOfNumbers(existing.map((one) => above.indexOf(one)).filter((ordinal) => ordinal >= 0)),
    );
    if (parts.every((part) => part.missing.length === 0)) continue;
    const needed = productOf(
      dep.upstream,
      parts.map(({ to, keys, missing: absent }) => [to, [...keys, ...absent]] as const),
      dep.moment,
    );
    const found = new Set(existing);
    for (const one of needed) if (!found.has(one)) missing.add(one);
  }
  return { keys: keysOf(ordinalsOfIntervals(ordinals.flat()), above), missing: [...missing] };
}

function mapDimensionsDown(
  mapping: DimensionMapping,
  dep: PartitionedDep,
  { given, below }: { given: readonly string[]; below: PartitionKeys },
): PartitionKey[] {
  const links = linksOf(mapping, dep);
  const ordinals: Ordinals[] = [noOrdinals];
  for (const key of given) {
    const values = valuesOf(dep.upstream, key);
    if (values === undefined) continue;
    const parts = links.map(
      ({ from, to, dep: inner }) => [from, downstreamKeys(inner, [values[to ?? ""] as string])] as const,
    );
    const touched = productOf(dep.downstream, parts, dep.moment);
    ordinals.push(
      ordinalsOfNumbers(touched.map((one) => below.indexOf(one)).filter((ordinal) => ordinal >= 0)),
    );
  }
  return keysOf(ordinalsOfIntervals(ordinals.flat()), below);
}
