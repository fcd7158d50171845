import { type BackfillId, type BackfillRequest, backfillTag } from "../core/backfill.ts";
import type { RunRequest } from "../core/run.ts";
import { parseMultiKey } from "../partition/multi-key.ts";
import { countOrdinals } from "../partition/ordinals.ts";
import type { BackfillPart } from "./advance-backfill.ts";
import type { BackfillGraph, BackfillNode } from "./backfill-graph.ts";

/** The run that a part of a backfill asks for. Its key makes it once in each round of the backfill. */
export function backfillRunRequest(
  { nodes }: BackfillGraph,
  part: BackfillPart,
  {
    id,
    request,
    round,
  }: { readonly id: BackfillId; readonly request: BackfillRequest; readonly round: number },
): RunRequest {
  const assets = part.nodes.map((place) => (nodes[place] as BackfillNode).key);
  const { universe } = nodes[part.nodes[0] as number] as BackfillNode;
  const [first, last] = [part.partitions[0]?.[0] ?? 0, (part.partitions.at(-1)?.[1] ?? 1) - 1];
  const set = universe.keys === undefined ? null : universe.encode(part.partitions);
  const { tags, priority } = request;
  return {
    assets,
    ...(set === null ? {} : { partitions: set }),
    tags: {
      ...tags,
      ...(set === null ? {} : partitionTags(part, { nodes, first, last })),
      [backfillTag]: id,
    },
    ...(priority === undefined ? {} : { priority }),
    runKey: `${id} ${round} ${assets[0]} ${universe.keyAt(first)}`,
  };
}

/** One partition by its key and those of its dimensions; several without a gap by the first and the last. */
function partitionTags(
  { nodes: places, partitions }: BackfillPart,
  {
    nodes,
    first,
    last,
  }: { readonly nodes: BackfillGraph["nodes"]; readonly first: number; readonly last: number },
): { readonly [tag: string]: string } {
  const { universe } = nodes[places[0] as number] as BackfillNode;
  const key = universe.keyAt(first);
  if (countOrdinals(partitions) === 1) {
    const { definition } = universe;
    const values = definition?.type === "multi" ? (parseMultiKey(definition, key) ?? {}) : {};
    return {
      "dop/partition": key,
      ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`dop/partition/${name}`, value])),
    };
  }
  if (partitions.length > 1) return {};
  return { "dop/partition_range_start": key, "dop/partition_range_end": universe.keyAt(last) };
}
