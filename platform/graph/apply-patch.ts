import type { AssetSpec } from "../core/asset.ts";
import {
  assetAttributesOf,
  assetFieldNames,
  assetFieldsOf,
  isAssetFieldAttribute,
} from "../core/asset-fields.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { CodeReference } from "../core/code-reference.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { DeferredPatch } from "../core/patch.ts";
import { type Scope, scopeOf } from "../template/scope.ts";
import { type Adjacency, buildAdjacency } from "./adjacency.ts";
import type { AssetsByScope } from "./assets-by-scope.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { evaluatePatchValue, holdsTemplate, type PatchFault } from "./patch-values.ts";
import { spanOf } from "./place.ts";
import { reportSelectionFault } from "./report-selection.ts";
import type { ReferenceResolver } from "./resolve-references.ts";
import { evaluateSelection, hintForEmpty, needsFacts } from "./select-assets.ts";
import { parseSelection, type Selection } from "./selection.ts";
import type { SelectableAsset, SelectionSource } from "./selection-source.ts";

/** What templates of a patch may name besides `asset`. */
export type PatchScope = (patch: DeferredPatch) => Scope | undefined;

export interface PatchTools {
  readonly problems: MergeProblems;
  readonly references: ReferenceResolver;
  readonly scopeOf?: PatchScope | undefined;
}

export interface PlacedPatch {
  readonly patch: DeferredPatch;
  readonly component: LoadedComponent;
  readonly depth: number;
}

/** Whether a patch may set a field (`group_name`) or an entry of one (`tags/team`) that is or is not set already. */
export type MaySet = (asset: CollectedAsset, slot: string, isSet: boolean) => boolean;

/** Applies one patch to the assets that it selects. */
export function applyPatch(
  placed: PlacedPatch,
  tools: PatchTools & { readonly scopes: AssetsByScope },
  maySet: MaySet,
): void {
  const { patch, component } = placed;
  const chosen = selectForPatch(placed, tools.scopes.assetsFor(patch), tools);
  if (chosen.length === 0) return;
  const outer = tools.scopeOf?.(patch);
  const told = new Set<string>();
  for (const asset of chosen) {
    const { attributes, faults } = evaluateFields(patch, asset, outer);
    for (const [attribute, fault] of faults) {
      // Once for each attribute: the same mistake for a thousand assets is one mistake.
      if (told.has(attribute)) continue;
      told.add(attribute);
      const message = `${fault.message} (for the asset \`${asset.spec.key}\`)`;
      tools.problems.report({ ...fault, message }, component);
    }
    setFields(asset, attributes, { placed, tools, maySet });
  }
}

/** The patch's attributes for one asset; those whose template fails are left out. */
function evaluateFields(
  patch: DeferredPatch,
  asset: CollectedAsset,
  outer: Scope | undefined,
): {
  readonly attributes: { readonly [attribute: string]: unknown };
  readonly faults: readonly (readonly [attribute: string, fault: PatchFault])[];
} {
  const attributes: Record<string, unknown> = {};
  const faults: (readonly [string, PatchFault])[] = [];
  let scope: Scope | undefined;
  for (const [attribute, value] of Object.entries(patch.fields)) {
    if (!holdsTemplate(value)) {
      attributes[attribute] = value;
      continue;
    }
    scope ??= scopeOf({ asset: assetAttributesOf(asset.spec) }, outer);
    const result = evaluatePatchValue(attribute, value, { scope, span: placeOfField(patch, attribute) });
    if ("value" in result) attributes[attribute] = result.value;
    else faults.push([attribute, result.fault]);
  }
  return { attributes, faults };
}

function setFields(
  asset: CollectedAsset,
  attributes: { readonly [attribute: string]: unknown },
  { placed: { patch, component }, tools, maySet }: { placed: PlacedPatch; tools: PatchTools; maySet: MaySet },
): void {
  const given = assetFieldsOf(attributes) as { [field: string]: unknown };
  const before = asset.spec as unknown as { readonly [field: string]: unknown };
  const changed: { [field: string]: unknown } = {};
  const origins: { [field: string]: CodeReference } = {};
  for (const attribute of Object.keys(attributes)) {
    if (!isAssetFieldAttribute(attribute)) continue;
    const field = assetFieldNames[attribute];
    if (given[field] === undefined) continue;
    const value =
      field === "deps"
        ? settledDeps(given[field] as AssetSpec["deps"], { placed: { patch, component }, tools })
        : given[field];
    if (mergesEntries(field) && patch.operation !== "replace") {
      const entries = Object.entries(value as object).filter(([name]) =>
        maySet(asset, `${field}/${name}`, Object.hasOwn((before[field] as object | undefined) ?? {}, name)),
      );
      if (entries.length === 0) continue;
      changed[field] = { ...(before[field] as object | undefined), ...Object.fromEntries(entries) };
    } else {
      if (!maySet(asset, field, before[field] !== undefined)) continue;
      changed[field] = value;
    }
    origins[field] = patch.fieldPlaces[attribute] ?? { file: patch.span.file, line: patch.span.start.line };
  }
  if (Object.keys(changed).length === 0) return;
  asset.spec = { ...asset.spec, ...changed, origins: { ...asset.spec.origins, ...origins } };
}

function mergesEntries(field: string): boolean {
  return field === "tags" || field === "metadata";
}

function settledDeps(
  deps: AssetSpec["deps"],
  {
    placed: { patch, component },
    tools,
  }: { placed: Pick<PlacedPatch, "patch" | "component">; tools: PatchTools },
): AssetKey[] {
  const placed = { origins: patch.fieldPlaces };
  return (deps ?? []).flatMap(
    (dep) => tools.references.resolve(dep, { placed, component, field: "deps" }) ?? [],
  );
}

function placeOfField(patch: DeferredPatch, attribute: string): DeferredPatch["span"] {
  const place = patch.fieldPlaces[attribute];
  return place === undefined ? patch.span : spanOf(place);
}

function selectForPatch(
  { patch, component }: PlacedPatch,
  assets: readonly CollectedAsset[],
  { problems }: PatchTools,
): readonly CollectedAsset[] {
  if (patch.selection.trim() === "*") return assets;
  const parsed = parseSelection(patch.selection);
  const tell = (fault: Parameters<typeof reportSelectionFault>[1]) =>
    reportSelectionFault(
      { span: patch.selectionSpan ?? patch.span, text: patch.selection, component },
      fault,
      problems,
    );
  if ("fault" in parsed) {
    tell({ fault: parsed.fault });
    return [];
  }
  if (needsFacts(parsed.selection)) {
    tell({ fault: { reason: "a patch can only select by what definitions say", column: 1 } });
    return [];
  }
  const chosen = chosenAssets(parsed.selection, assets);
  if (chosen.length === 0) tell({ empty: hintForEmpty(parsed.selection, sourceOf(assets)) });
  return chosen;
}

function chosenAssets(selection: Selection, assets: readonly CollectedAsset[]): CollectedAsset[] {
  const marked = evaluateSelection(selection, sourceOf(assets), {});
  return assets.filter((_, index) => marked[index] === 1);
}

function sourceOf(assets: readonly CollectedAsset[]): SelectionSource {
  let adjacency: Adjacency | undefined;
  const specs: readonly SelectableAsset[] = assets.map(({ spec }) => spec);
  return {
    assets: specs,
    get adjacency() {
      const numbers = new Map<unknown, number>(assets.map(({ spec }, index) => [spec.key, index]));
      adjacency ??= buildAdjacency(assets.length, (node) =>
        ((assets[node] as CollectedAsset).spec.deps ?? []).flatMap((dep) => numbers.get(dep) ?? []),
      );
      return adjacency;
    },
  };
}
