import type { MultiPartitions, PartitionMapping, PartitionsDefinition } from "../core/partitions.ts";
import { linkedDimension } from "./dimension-mapping.ts";
import { defaultMapping } from "./partition-mapping.ts";
import { type MappedSides, samePartitions } from "./same-partitions.ts";

/**
 * Why slices can't be mapped, or nothing. Without a mapping the default one is judged. An asset that depends on
 * itself (`isSelf`) may only read windows before its own.
 */
export function validateMapping(
  mapping: PartitionMapping | undefined,
  sides: MappedSides & { readonly isSelf?: boolean },
): string | undefined {
  const { downstream, upstream } = sides;
  if (sides.isSelf === true && !isBackward(mapping))
    return "an asset can depend on itself only through a time window that lies before its own";
  if (
    mapping === undefined &&
    downstream !== undefined &&
    upstream !== undefined &&
    samePartitions(downstream, upstream)
  )
    return undefined;
  const judged = mapping ?? defaultMapping(sides);
  switch (judged.type) {
    case "all":
      return undefined;
    case "last":
      return upstream === undefined ? "the upstream asset has no partitions" : undefined;
    case "identity":
      return identityFault(sides, mapping === undefined);
    case "specific":
      return keysFault(judged.keys, upstream, "upstream");
    case "static":
      return (
        keysFault(Object.keys(judged.map), upstream, "upstream") ??
        keysFault(Object.values(judged.map).flat(), downstream, "downstream")
      );
    case "time_window":
      return timeWindowFault(sides, judged);
    case "multi_to_single":
      return multiToSingleFault(sides, judged.dimension);
    case "multi":
      return multiFault(sides, judged);
  }
}

function isBackward(mapping: PartitionMapping | undefined): boolean {
  if (mapping?.type === "multi")
    return Object.values(mapping.dimensions).some(({ mapping: inner }) => isBackward(inner));
  return mapping?.type === "time_window" && mapping.startOffset < 0 && mapping.endOffset < 0;
}

function identityFault({ downstream, upstream }: MappedSides, isDefault: boolean): string | undefined {
  if (downstream === undefined || upstream === undefined)
    return isDefault ? undefined : "both assets must have partitions";
  if ((downstream.type === "multi") === (upstream.type === "multi")) return undefined;
  return "one has several dimensions, and none of them is clearly the other's";
}

function keysFault(
  keys: readonly string[],
  definition: PartitionsDefinition | undefined,
  side: string,
): string | undefined {
  if (definition === undefined) return `the ${side} asset has no partitions`;
  if (definition.type !== "static") return undefined;
  const unknown = keys.find((key) => !definition.keys.includes(key));
  return unknown === undefined ? undefined : `the ${side} asset has no partition \`${unknown}\``;
}

function timeWindowFault(
  { downstream, upstream }: MappedSides,
  mapping: Extract<PartitionMapping, { type: "time_window" }>,
): string | undefined {
  if (downstream?.type !== "time" || upstream?.type !== "time") {
    return `the ${downstream?.type === "time" ? "upstream" : "downstream"} asset has no time partitions`;
  }
  if (downstream.timeZone !== upstream.timeZone) {
    return `their time zones differ: ${downstream.timeZone} downstream and ${upstream.timeZone} upstream`;
  }
  const { startOffset, endOffset } = mapping;
  return Number.isInteger(startOffset) && Number.isInteger(endOffset)
    ? undefined
    : "offsets are whole numbers";
}

function multiToSingleFault(
  { downstream, upstream }: MappedSides,
  dimension: string | undefined,
): string | undefined {
  const downstreamIsMulti = downstream?.type === "multi";
  if (
    downstream === undefined ||
    upstream === undefined ||
    downstreamIsMulti === (upstream.type === "multi")
  ) {
    return "exactly one of the assets must have several dimensions";
  }
  const multi = (downstreamIsMulti ? downstream : upstream) as MultiPartitions;
  const single = downstreamIsMulti ? upstream : downstream;
  if (dimension !== undefined && multi.dimensions[dimension] === undefined)
    return `there is no dimension \`${dimension}\``;
  const linked = linkedDimension(multi, single, dimension);
  if (linked === undefined)
    return "it is not clear which dimension belongs to the other's partitions: name it";
  const side = multi.dimensions[linked] as PartitionsDefinition;
  return validateMapping(
    undefined,
    downstreamIsMulti ? { downstream: side, upstream } : { downstream, upstream: side },
  );
}

function multiFault(
  { downstream, upstream }: MappedSides,
  mapping: Extract<PartitionMapping, { type: "multi" }>,
): string | undefined {
  if (downstream?.type !== "multi" || upstream?.type !== "multi")
    return "both assets must have several dimensions";
  for (const [name, { dimension, mapping: inner }] of Object.entries(mapping.dimensions)) {
    const from = downstream.dimensions[name];
    const to = upstream.dimensions[dimension];
    if (from === undefined || to === undefined)
      return `there is no dimension \`${from === undefined ? name : dimension}\``;
    const reason = validateMapping(inner, { downstream: from, upstream: to });
    if (reason !== undefined) return `dimension \`${name}\`: ${reason}`;
  }
  return undefined;
}
