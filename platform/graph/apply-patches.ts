import type { AssetKey } from "../core/asset-key.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import { applyPatch, type PatchTools, type PlacedPatch } from "./apply-patch.ts";
import { AssetsByScope } from "./assets-by-scope.ts";
import type { CollectedAsset } from "./collected.ts";

/**
 * Changes the specs by the components' patches: first post-processing, the innermost document first and then
 * folder by folder outwards, in order of lists; then defaults. An inner default beats an outer one and a later one
 * of the same folder an earlier one; none touches what the asset or its post-processing has set, but `overwrite`.
 */
export function applyPatches(
  assets: ReadonlyMap<AssetKey, CollectedAsset>,
  components: readonly LoadedComponent[],
  tools: PatchTools,
): void {
  const patches = components
    .filter((component) => component.enabled)
    .flatMap((component) =>
      component.patches.map((patch) => ({ patch, component, depth: depthOf(patch.folder) })),
    );
  if (patches.length === 0) return;
  const within = {
    ...tools,
    scopes: new AssetsByScope(
      assets,
      patches.map(({ patch }) => patch),
    ),
  };
  const isDefault = ({ patch }: PlacedPatch): boolean =>
    patch.operation === "default" || patch.operation === "overwrite";
  const inward = patches.toSorted(innerFirst);
  for (const placed of inward.filter((one) => !isDefault(one))) applyPatch(placed, within, () => true);
  // Fields that a default of the same folder has set may be set again by a later one.
  const setBy = new Map<string, string>();
  for (const placed of inward.filter(({ patch }) => patch.operation === "default")) {
    const folder = `${placed.patch.file}#${placed.patch.folder}`;
    applyPatch(placed, within, (asset, slot, isSet) => {
      const key = `${asset.spec.key}\n${slot}`;
      if (isSet && setBy.get(key) !== folder) return false;
      setBy.set(key, folder);
      return true;
    });
  }
  // Outer first, so that an inner one has the last word.
  for (const placed of patches
    .filter(({ patch }) => patch.operation === "overwrite")
    .toSorted((a, b) => a.depth - b.depth)) {
    applyPatch(placed, within, () => true);
  }
}

function innerFirst(a: PlacedPatch, b: PlacedPatch): number {
  return b.depth - a.depth || Number(a.patch.document === undefined) - Number(b.patch.document === undefined);
}

function depthOf(folder: string): number {
  return folder === "" || folder === "." ? 0 : folder.split("/").length;
}
