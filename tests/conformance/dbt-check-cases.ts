import { nodeKey } from "../../lib/dbt/dbt-assets.ts";
import { isBlocking, observedNodes, testedNode } from "../../lib/dbt/dbt-checks.ts";
import { selectionFlags } from "../../lib/dbt/invocation.ts";
import { type DbtManifest, type DbtNode, isBuilt } from "../../lib/dbt/manifest.ts";
import { type AssetKey, assetKeyParts, type CheckKey } from "../../platform/core/asset-key.ts";
import { type Answer, type DbtCase, type Fields, onlyKnown } from "./dbt-case.ts";
import { builtNodes, nodeOf, only } from "./dbt-fields.ts";
import type { DbtFiles } from "./dbt-files.ts";
import { sha256OfLines } from "./dbt-selection-cases.ts";

export function checkAnswer({ manifest: name, input, expect }: DbtCase, files: DbtFiles): Answer {
  onlyKnown(input, [
    "unique_id",
    "field",
    "op",
    "all_assets",
    "all_checks",
    "select",
    "assets",
    "checks",
    "assets_selected",
  ]);
  const manifest = files.manifest(name);
  if (input["op"] === "cli-args") return argumentFields(manifest, input);
  if (input["op"] !== undefined) throw new Error(`unknown op ${String(input["op"])}`);
  if (input["field"] === "whole_project") return checkTotals(manifest, expect);
  if (input["field"] !== undefined) throw new Error(`unknown field ${String(input["field"])}`);
  return checkFields(nodeOf(manifest, input), manifest);
}

function checkFields(test: DbtNode, manifest: DbtManifest): Answer {
  const tested = test.resource_type === "test" ? testedNode(test, manifest) : undefined;
  const observed = observedNodes(test, manifest).map(nodeKey);
  return only({
    asset_key: () => tested && assetKeyParts(nodeKey(tested.node)),
    check_name: () => test.name,
    blocking: () => isBlocking(test),
    additional_deps: () => tested?.others.map(nodeKey).sort(),
    on_source: () => tested?.node.resource_type === "source",
    no_check: () => tested === undefined,
    reported_as: () => `observation on each upstream asset: ${observed.sort().join(", ")}`,
  });
}

function checkTotals(manifest: DbtManifest, expect: Fields): Answer {
  const tests = [...manifest.nodes.values()].filter(({ resource_type: type }) => type === "test");
  const tested = tests.map((test) => testedNode(test, manifest));
  const onAssets = tested.filter((one) => one !== undefined && isBuilt(one.node));
  const keys = onAssets.map((one) => `${nodeKey(one?.node as DbtNode)}:${one?.test.name}`);
  const distinct = [...new Set(keys)].sort();
  const onSources = tested.filter((one) => one?.node.resource_type === "source");
  const perAsset = Map.groupBy(onAssets, (one) => nodeKey(one?.node as DbtNode));
  const ranked = [...perAsset].map(([key, { length }]) => [key, length] as const);
  const wanted = (expect["most_checks"] ?? []) as readonly (readonly [string, number])[];
  return only({
    test_nodes: () => tests.length,
    checks_on_assets: () => onAssets.length,
    distinct_asset_check_keys: () => distinct.length,
    checks_sha256_sorted_newline_distinct: () => sha256OfLines(distinct),
    checks_on_upstream_sources_if_enabled: () => onSources.length,
    tests_with_no_attachment: () => tested.filter((one) => one === undefined).length,
    tests_attached_to_ephemeral_or_unused: () =>
      tested.length - onAssets.length - onSources.length - tested.filter((one) => one === undefined).length,
    non_blocking: () => tests.filter((test) => !isBlocking(test)).length,
    // Assets with equally many stand in any order.
    most_checks: () =>
      ranked
        .sort((a, b) => b[1] - a[1])
        .slice(0, wanted.length)
        .map(([key, count], at) =>
          perAsset.get(wanted[at]?.[0] as AssetKey)?.length === count ? wanted[at] : [key, count],
        ),
    line_format: () => "asset/key:check_name",
  });
}

/** What a run of some assets and checks of a project hands to dbt. */
function argumentFields(manifest: DbtManifest, input: Fields): Answer {
  const built = builtNodes(manifest);
  const assets = new Map(built.map((node) => [nodeKey(node), node]));
  const checks = new Map(
    [...manifest.nodes.values()].flatMap((test) => {
      const tested = test.resource_type === "test" ? testedNode(test, manifest) : undefined;
      if (tested === undefined || !isBuilt(tested.node)) return [];
      return [[`${nodeKey(tested.node)}:${test.name}` as CheckKey, test] as const];
    }),
  );
  const isChosen = (ids: unknown, node: DbtNode): boolean =>
    Array.isArray(ids) && ids.includes(node.unique_id);
  const selectedAssets = [...assets].filter(
    ([, node]) => input["all_assets"] === true || isChosen(input["assets"], node),
  );
  const ofAssets = selectedAssets.map(([key]) => `${key}:`);
  const selectedChecks = [...checks].filter(
    ([key, node]) =>
      input["all_checks"] === true ||
      isChosen(input["checks"], node) ||
      (input["checks"] === "all of those assets" && ofAssets.some((start) => key.startsWith(start))),
  );
  const flags = selectionFlags(
    {
      selectedAssets: selectedAssets.map(([key]) => key),
      selectedChecks: selectedChecks.map(([key]) => key),
    },
    { assets, checks, select: String(input["select"] ?? "fqn:*"), exclude: "", tests: true },
  );
  const mode = flags.indexOf("--indirect-selection");
  return only({
    args: () => flags,
    select_set: () =>
      flags
        .slice(1, mode === -1 ? undefined : mode)
        .map((word) => word.replace(/^fqn:/, ""))
        .sort(),
    DBT_INDIRECT_SELECTION: () => (mode === -1 ? null : flags[mode + 1]),
    uses_selector_file: () => flags.includes("--selector"),
    threshold: () => null,
  });
}
