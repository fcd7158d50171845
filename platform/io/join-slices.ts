/** One value of several slices: lists are joined, other values stand in a mapping by partition key. */
export function joinSlices(
  values: readonly unknown[],
  slices: { readonly partitions?: readonly (string | undefined)[] },
): unknown {
  if (values.length === 1) return values[0];
  if (values.every((value) => Array.isArray(value))) return values.flat();
  return Object.fromEntries(
    values.map((value, index) => [slices.partitions?.[index] ?? String(index), value]),
  );
}
