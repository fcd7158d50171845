import type { PartitionSet } from "../core/partitions.ts";

/** The set as `parsePartitionSet` reads it back: `2026-01-01..2026-01-31, 2026-02-03`, `{day: all, shop: [a, b]}`. */
export function partitionSetText(set: PartitionSet): string {
  switch (set.kind) {
    case "all":
      return "all";
    case "keys":
      return set.keys.map(keyText).join(", ");
    case "ranges":
      return set.ranges
        .map(([first, last]) => (first === last ? keyText(first) : `${keyText(first)}..${keyText(last)}`))
        .join(", ");
    case "product":
      return set.boxes.map(boxText).join(", ");
  }
}

function boxText(box: { readonly [dimension: string]: PartitionSet }): string {
  const sides = Object.entries(box).map(([name, side]) => {
    const text = partitionSetText(side);
    return `${keyText(name)}: ${isOne(side) ? text : `[${text}]`}`;
  });
  return `{${sides.join(", ")}}`;
}

function isOne(set: PartitionSet): boolean {
  if (set.kind === "keys") return set.keys.length === 1;
  return set.kind === "all" || (set.kind === "ranges" && set.ranges.length === 1);
}

/** In quotes where the reader would take it for something else. */
function keyText(key: string): string {
  const isPlain = /^[^\s",=[\]{}]+$/.test(key) && !key.includes("..") && key !== "all" && key !== "latest";
  return isPlain ? key : JSON.stringify(key);
}
