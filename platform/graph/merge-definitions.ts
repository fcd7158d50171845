import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { LoadedProject } from "../core/loaded-project.ts";
import { type Problem, sortProblems } from "../core/problem.ts";
import { didYouMean } from "../core/suggest.ts";
import type { PatchScope } from "./apply-patch.ts";
import { applyPatches } from "./apply-patches.ts";
import { type AssetGraph, assetGraphOf } from "./asset-graph.ts";
import { checkRules } from "./check-rules.ts";
import { collectChecks, collectDefinitions } from "./collect-definitions.ts";
import { withFreshnessAutomation } from "./freshness-automation.ts";
import { KeyHints } from "./key-hints.ts";
import { prefixKeys } from "./key-prefix.ts";
import { mergeAssets, mergeChecks } from "./merge-assets.ts";
import { MergeProblems } from "./merge-problems.ts";
import { ReferenceResolver, type ResolveReference } from "./resolve-references.ts";
import { SharedValues } from "./shared-values.ts";
import { snapshotOf } from "./snapshot.ts";
import { validateAssets } from "./validate-assets.ts";
import { breakCycles } from "./validate-cycles.ts";
import { validateInstigators } from "./validate-instigators.ts";
import { validateMappings } from "./validate-mappings.ts";
import { validateNames } from "./validate-names.ts";

export interface MergeOptions {
  /** Asked for references that no definition answers. */
  readonly resolveReference?: ResolveReference;
  /** The names, besides `asset`, that templates of a patch may use. */
  readonly patchScope?: PatchScope;
}

export interface MergedProject {
  readonly graph: AssetGraph;
  readonly snapshot: DefinitionsSnapshot;
  /** Those of loading and of merging, in the order of files. */
  readonly problems: readonly Problem[];
}

/**
 * One graph of all components' definitions: references settled, patches applied, everything checked.
 *
 * What is wrong is told and kept out, so that the graph can always be evaluated: later ones of equal keys, edges that
 * close a cycle, conditions and partitions that can't be evaluated. A component with an error at the merge shows as
 * quarantined.
 */
export function mergeProject(project: LoadedProject, options: MergeOptions = {}): MergedProject {
  const parts = mergedParts(project, options);
  const snapshot = snapshotOf(project, {
    ...parts,
    finish: (definitions) => prefixKeys(definitions, project.keyPrefix),
  });
  return { graph: assetGraphOf(snapshot.definitions), snapshot, problems: sortProblems(snapshot.problems) };
}

export interface CheckedMerge {
  /** Those of loading and of merging, in the order of files. */
  readonly problems: readonly Problem[];
  /** How many there are. */
  readonly assets: number;
}

/** Merges for the sake of what is wrong alone: the same problems, without a graph and a snapshot. */
export function checkMerge(project: LoadedProject, options: MergeOptions = {}): CheckedMerge {
  const { merged, problems } = mergedParts(project, options);
  return {
    problems: sortProblems([...project.problems, ...problems.problems]),
    assets: merged.assets.length,
  };
}

function mergedParts(project: LoadedProject, options: MergeOptions) {
  const problems = new MergeProblems();
  const collected = collectDefinitions(project, problems);
  const { assets } = collected;
  const references = new ReferenceResolver(assets.values(), problems, options.resolveReference);
  for (const asset of assets.values()) {
    const { spec, component } = asset;
    if (spec.deps === undefined || spec.deps.every((dep) => typeof dep === "string")) continue;
    const deps = spec.deps.flatMap(
      (dep) => references.resolve(dep, { placed: spec, component, field: "deps" }) ?? [],
    );
    asset.spec = { ...spec, deps };
  }
  applyPatches(assets, project.components, { problems, references, scopeOf: options.patchScope });
  const hints = new KeyHints(assets.keys());
  const checks = collectChecks(collected, assets, {
    resolve: (key, placed, component) => references.resolve(key, { placed, component, field: "asset" }),
    problems,
    hintFor: (key) => hints.nearest(key) ?? didYouMean(key, assets.keys()),
  });
  const shared = new SharedValues();
  for (const asset of assets.values()) asset.spec = shared.share(withFreshnessAutomation(asset, problems));
  validateAssets(assets.values(), problems);
  validateNames(collected, { checks, project, problems });
  validateMappings(assets, problems);
  breakCycles(assets, problems);
  checkRules(assets.values(), { checks, rules: project.rules, problems });
  const merged = {
    assets: mergeAssets(assets, { checks, hints, problems }),
    checks: mergeChecks(checks, references),
  };
  // Selections are judged on the merged assets, whose keys have no prefix yet: they match with and without it.
  const instigators = validateInstigators(collected, { assets: merged.assets, problems });
  return { collected, merged, instigators, problems };
}
