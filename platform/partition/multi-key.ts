import type { MultiPartitions, PartitionKey } from "../core/partitions.ts";
import { isPlainObject } from "../core/secret.ts";

/** The key of one slice of a multi partition: JSON with sorted dimension names. */
export function multiKey(values: { readonly [dimension: string]: string }): PartitionKey {
  const sorted = Object.keys(values).toSorted();
  return `{${sorted.map((name) => `${JSON.stringify(name)}:${JSON.stringify(values[name])}`).join(",")}}` as PartitionKey;
}

/**
 * The key of each dimension, from JSON or from values joined by `|` in the order of dimension names.
 * `undefined` where the dimensions are not exactly those of the definition.
 */
export function parseMultiKey(
  { dimensions }: Pick<MultiPartitions, "dimensions">,
  key: string,
): { readonly [dimension: string]: string } | undefined {
  const names = Object.keys(dimensions).toSorted();
  if (!key.trimStart().startsWith("{")) {
    const parts = key.split("|");
    if (parts.length !== names.length) return undefined;
    return Object.fromEntries(names.map((name, index) => [name, parts[index] as string]));
  }
  let values: unknown;
  try {
    values = JSON.parse(key);
  } catch {
    return undefined;
  }
  if (!isPlainObject(values) || Object.keys(values).length !== names.length) return undefined;
  if (!names.every((name) => typeof values[name] === "string")) return undefined;
  return values as { readonly [dimension: string]: string };
}
