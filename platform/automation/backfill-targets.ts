import type { AssetKey } from "../core/asset-key.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import {
  countOrdinals,
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import { type PartitionSetFault, parsePartitionSet } from "../partition/parse-partition-set.ts";
import { partitionSetText } from "../partition/partition-set-text.ts";
import type { BackfillGraph, BackfillNode } from "./backfill-graph.ts";
import { keysOfOrdinals, ordinalsOfKeys, type Universe } from "./universe.ts";

/** Partitions that were named and are not brought up to date, or a whole asset. */
export interface LeftOut {
  readonly asset: AssetKey;
  /** Text of a set; absent: all of the asset. */
  readonly partitions?: string;
  readonly count?: number;
  readonly reason: string;
}

export interface BackfillTargets {
  /** By places of `BackfillGraph.nodes`. */
  readonly nodes: readonly Ordinals[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Which partitions of each asset a text names.
 *
 * The first partitioned assets of the selection read it. Another asset whose keys mean the same has the same keys; any
 * other one has the partitions that need a named one upstream. What is not partitioned is brought up to date once.
 */
export function backfillTargets(
  { nodes }: BackfillGraph,
  text: string,
): BackfillTargets | (PartitionSetFault & { readonly asset: AssetKey }) | "unpartitioned" {
  const targets: Ordinals[] = [];
  const leftOut: LeftOut[] = [];
  const named = new Map<string, { readonly universe: Universe; readonly ordinals: Ordinals }>();
  let fault: (PartitionSetFault & { readonly asset: AssetKey }) | undefined;
  for (const node of nodes) {
    const { key, universe, edges } = node;
    if (universe.keys === undefined) {
      targets.push(universe.all);
      continue;
    }
    const meaning = keyMeaning(universe.definition as PartitionsDefinition);
    const partitioned = edges.filter(
      ({ upstream }) => nodes[upstream] !== node && isPartitioned(nodes[upstream]),
    );
    const alike = named.get(meaning);
    if (alike !== undefined) {
      const { ordinals, missing } = sameKeys(alike, universe);
      targets.push(ordinals);
      if (missing.length > 0) leftOut.push(missingText(key, missing));
      continue;
    }
    if (partitioned.length === 0) {
      const parsed = parsePartitionSet(text, universe.keys);
      if ("set" in parsed) {
        const ordinals = universe.decode(parsed.set);
        named.set(meaning, { universe, ordinals });
        targets.push(ordinals);
        continue;
      }
      fault ??= { asset: key, ...parsed };
      leftOut.push({ asset: key, reason: hinted(parsed) });
      targets.push(noOrdinals);
      continue;
    }
    const mapped = partitioned
      .map(({ upstream, touches }) => touches(targets[upstream] as Ordinals))
      .reduce(uniteOrdinals, noOrdinals);
    if (mapped.length === 0)
      leftOut.push({ asset: key, reason: "no partition of it needs one of those that are named" });
    targets.push(mapped);
  }
  if (!nodes.some((node) => isPartitioned(node))) return "unpartitioned";
  if (named.size === 0 && fault !== undefined) return fault;
  return incomplete(nodes, { nodes: targets, leftOut });
}

/** Takes away what needs upstream partitions that do not exist, and what needs that. */
function incomplete(
  nodes: readonly BackfillNode[],
  { nodes: targets, leftOut }: BackfillTargets,
): BackfillTargets {
  const kept = [...targets];
  const removed = targets.map((): Ordinals => noOrdinals);
  const told = [...leftOut];
  for (const [place, { key, universe, edges, outside }] of nodes.entries()) {
    const wanted = targets[place] as Ordinals;
    let lacking = [...edges, ...outside]
      .map((edge) => intersectOrdinals(edge.incomplete(wanted), wanted))
      .reduce(uniteOrdinals, noOrdinals);
    for (const edge of edges) {
      const gone = removed[edge.upstream] as Ordinals;
      if (gone.length > 0) lacking = uniteOrdinals(lacking, intersectOrdinals(edge.touches(gone), wanted));
    }
    if (lacking.length === 0) continue;
    removed[place] = lacking;
    kept[place] = subtractOrdinals(wanted, lacking);
    const set = universe.encode(lacking);
    told.push({
      asset: key,
      ...(set === null || universe.keys === undefined ? {} : { partitions: partitionSetText(set) }),
      count: countOrdinals(lacking),
      reason: "what it needs upstream does not exist",
    });
  }
  return { nodes: kept, leftOut: told };
}

function isPartitioned(node: BackfillNode | undefined): boolean {
  return node?.universe.keys !== undefined;
}

/** Keys mean the same in two definitions that differ only in where they begin and end. */
function keyMeaning(definition: PartitionsDefinition): string {
  if (definition.type === "time") {
    const { cron, timeZone, format } = definition;
    return canonicalJson({ cron, timeZone, format });
  }
  if (definition.type !== "multi") return canonicalJson(definition);
  return canonicalJson(
    Object.fromEntries(
      Object.entries(definition.dimensions).map(([name, dimension]) => [name, keyMeaning(dimension)]),
    ),
  );
}

function sameKeys(
  named: { readonly universe: Universe; readonly ordinals: Ordinals },
  universe: Universe,
): { readonly ordinals: Ordinals; readonly missing: readonly string[] } {
  if (named.universe === universe) return { ordinals: named.ordinals, missing: [] };
  const keys = keysOfOrdinals(named.universe, named.ordinals);
  const ordinals = ordinalsOfKeys(universe, keys);
  const missing =
    countOrdinals(ordinals) === keys.length ? [] : keys.filter((key) => universe.ordinalOf(key) < 0);
  return { ordinals, missing };
}

function missingText(asset: AssetKey, missing: readonly string[]): LeftOut {
  const [first, last] = [missing[0] as string, missing.at(-1) as string];
  return {
    asset,
    partitions: missing.length > 3 ? `${first} … ${last}` : missing.join(", "),
    count: missing.length,
    reason: "the asset has no such partition",
  };
}

function hinted({ reason, hint }: PartitionSetFault): string {
  return hint === undefined ? reason : `${reason}; ${hint}`;
}

/** Of the named partitions those that a filter leaves; `states` gives keys, "" for the unpartitioned asset. */
export function filterTargets(
  { nodes }: BackfillGraph,
  targets: readonly Ordinals[],
  keep: { readonly only: "missing" | "failed"; states(asset: AssetKey): PartitionKeysByState },
): Ordinals[] {
  return nodes.map(({ key, universe }, place) => {
    const wanted = targets[place] as Ordinals;
    if (wanted.length === 0) return wanted;
    const { materialized, failed } = keep.states(key);
    return keep.only === "failed"
      ? intersectOrdinals(wanted, ordinalsOfKeys(universe, failed))
      : subtractOrdinals(wanted, ordinalsOfKeys(universe, materialized));
  });
}

/** Keys of an asset's partitions by what happened to them last. */
export interface PartitionKeysByState {
  readonly materialized: readonly string[];
  readonly failed: readonly string[];
}
