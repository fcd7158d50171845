import type { MultiPartitions, PartitionMapping, PartitionsDefinition } from "../core/partitions.ts";
import { multiKey, parseMultiKey } from "./multi-key.ts";
import { type PartitionMoment, partitionKeys } from "./partition-keys.ts";
import { type MappedDep, samePartitions } from "./same-partitions.ts";

// Mappings that concern dimensions: which dimension of one side decides about which of the other.

/** The dimension that belongs to single partitions: the named one, else the only equal one, else the time for time. */
export function linkedDimension(
  multi: MultiPartitions,
  single: PartitionsDefinition,
  named?: string,
): string | undefined {
  if (named !== undefined) return multi.dimensions[named] === undefined ? undefined : named;
  const names = Object.keys(multi.dimensions);
  const equal = names.filter((name) =>
    samePartitions(multi.dimensions[name] as PartitionsDefinition, single),
  );
  const fitting =
    equal.length > 0
      ? equal
      : names.filter((name) => single.type === "time" && multi.dimensions[name]?.type === "time");
  return fitting.length === 1 ? fitting[0] : undefined;
}

export type DimensionMapping = Extract<PartitionMapping, { type: "multi" | "multi_to_single" }>;

export interface PartitionedDep extends MappedDep {
  readonly downstream: PartitionsDefinition;
  readonly upstream: PartitionsDefinition;
}

/** For each upstream dimension, which downstream one (or the whole single key) decides about it, and how. */
export interface DimensionLink {
  /** `undefined` on the side with a single dimension. */
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly dep: MappedDep;
}

export function linksOf(
  mapping: DimensionMapping,
  { downstream, upstream, moment }: PartitionedDep,
): DimensionLink[] {
  const sideOf = (
    definition: PartitionsDefinition,
    name: string | undefined,
  ): PartitionsDefinition | undefined =>
    definition.type === "multi" ? definition.dimensions[name ?? ""] : definition;
  if (mapping.type === "multi") {
    return Object.entries(mapping.dimensions).map(([from, { dimension: to, mapping: inner }]) => ({
      from,
      to,
      dep: { mapping: inner, downstream: sideOf(downstream, from), upstream: sideOf(upstream, to), moment },
    }));
  }
  const [multi, single] = (downstream.type === "multi" ? [downstream, upstream] : [upstream, downstream]) as [
    MultiPartitions,
    PartitionsDefinition,
  ];
  const linked = linkedDimension(multi, single, mapping.dimension);
  if (linked === undefined) return [];
  const from = downstream.type === "multi" ? linked : undefined;
  const to = upstream.type === "multi" ? linked : undefined;
  return [
    { from, to, dep: { downstream: sideOf(downstream, from), upstream: sideOf(upstream, to), moment } },
  ];
}

/** The value of each dimension; of a single key under the empty name. */
export function valuesOf(
  definition: PartitionsDefinition,
  key: string,
): { readonly [dimension: string]: string } | undefined {
  return definition.type === "multi" ? parseMultiKey(definition, key) : { "": key };
}

/** Keys with the given values in the linked dimensions and every value in the others. */
export function productOf(
  definition: PartitionsDefinition,
  parts: readonly (readonly [dimension: string | undefined, keys: readonly string[]])[],
  moment: PartitionMoment,
): string[] {
  if (definition.type !== "multi") return [...(parts[0]?.[1] ?? [])];
  let combinations: Record<string, string>[] = [{}];
  for (const name of Object.keys(definition.dimensions).toSorted()) {
    const given = parts.filter(([dimension]) => dimension === name).map(([, keys]) => keys);
    const values =
      given.length === 0
        ? [...partitionKeys(definition.dimensions[name] as PartitionsDefinition, moment)]
        : given.reduce((a, b) => a.filter((key) => b.includes(key)));
    combinations = combinations.flatMap((combination) =>
      values.map((value) => ({ ...combination, [name]: value })),
    );
  }
  return combinations.map(multiKey);
}
