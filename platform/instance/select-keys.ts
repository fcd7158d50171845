import type { AssetKey } from "../core/asset-key.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { type AssetGraph, assetGraphOf } from "../graph/asset-graph.ts";
import { hintForEmpty, SelectionError, selectAssets } from "../graph/select-assets.ts";
import { parseSelection } from "../graph/selection.ts";
import { InstanceError } from "./instance-error.ts";

/** Keys that a selection names, in the order of keys. Throws InstanceError `invalid-selection`. */
export function selectKeys(snapshot: DefinitionsSnapshot, selection: string): AssetKey[] {
  try {
    return selectAssets(graphOf(snapshot), selection);
  } catch (error) {
    if (!(error instanceof SelectionError)) throw error;
    throw new InstanceError(
      "invalid-selection",
      `the selection \`${selection}\`: ${error.message}`,
      error.fault.hint,
    );
  }
}

/** For a selection that matches nothing: what was probably meant. */
export function hintForNothing(snapshot: DefinitionsSnapshot, selection: string): string | undefined {
  const parsed = parseSelection(selection);
  return "selection" in parsed ? hintForEmpty(parsed.selection, graphOf(snapshot)) : undefined;
}

/** Graphs by the snapshot that they were made from, for as long as that is in use. */
const graphs = new WeakMap<DefinitionsSnapshot, AssetGraph>();

function graphOf(snapshot: DefinitionsSnapshot): AssetGraph {
  const known = graphs.get(snapshot);
  if (known !== undefined) return known;
  const graph = assetGraphOf(snapshot.definitions);
  graphs.set(snapshot, graph);
  return graph;
}
