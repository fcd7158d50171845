import { type AssetKey, type CheckKey, prefixAssetKey } from "../core/asset-key.ts";
import { type AutomationCondition, conditionChildren } from "../core/condition.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import type { Metadata, MetadataValue } from "../core/metadata.ts";

/** Puts the environment's prefix in front of every key; selections stay, for they match with and without it. */
export function prefixKeys(
  definitions: SnapshotDefinitions,
  prefix: string | undefined,
): SnapshotDefinitions {
  const parts = (prefix ?? "").split("/").filter((part) => part !== "");
  if (parts.length === 0) return definitions;
  const keyOf = (key: AssetKey): AssetKey => prefixAssetKey(parts, key);
  const checkOf = (key: CheckKey): CheckKey =>
    prefixAssetKey(parts, key as string as AssetKey) as string as CheckKey;
  return {
    ...definitions,
    assets: definitions.assets.map((asset) => prefixAsset(asset, keyOf, checkOf)),
    checks: definitions.checks.map((check) => prefixCheck(check, keyOf, checkOf)),
    steps: definitions.steps.map((step) => ({
      ...step,
      assets: step.assets.map(keyOf),
      checks: step.checks.map(checkOf),
    })),
    keyPrefix: parts.join("/"),
  };
}

type KeyOf = (key: AssetKey) => AssetKey;
type CheckOf = (key: CheckKey) => CheckKey;

function prefixAsset(asset: Asset, keyOf: KeyOf, checkOf: CheckOf): Asset {
  const { partitionMappings, automationCondition, metadata } = asset;
  return {
    ...asset,
    key: keyOf(asset.key),
    deps: asset.deps.map(keyOf),
    checks: asset.checks.map(checkOf),
    ...(automationCondition === undefined
      ? {}
      : { automationCondition: prefixCondition(automationCondition, keyOf) }),
    ...(metadata === undefined ? {} : { metadata: prefixMetadata(metadata, keyOf) }),
    ...(partitionMappings === undefined
      ? {}
      : {
          partitionMappings: Object.fromEntries(
            Object.entries(partitionMappings).map(([key, mapping]) => [keyOf(key as AssetKey), mapping]),
          ),
        }),
  };
}

function prefixCheck(check: AssetCheck, keyOf: KeyOf, checkOf: CheckOf): AssetCheck {
  const { automationCondition, metadata } = check;
  return {
    ...check,
    key: checkOf(check.key),
    asset: keyOf(check.asset),
    additionalDeps: check.additionalDeps.map(keyOf),
    ...(automationCondition === undefined
      ? {}
      : { automationCondition: prefixCondition(automationCondition, keyOf) }),
    ...(metadata === undefined ? {} : { metadata: prefixMetadata(metadata, keyOf) }),
  };
}

function prefixCondition(condition: AutomationCondition, keyOf: KeyOf): AutomationCondition {
  if (conditionChildren(condition).length === 0) return condition;
  const recurse = (part: AutomationCondition): AutomationCondition => prefixCondition(part, keyOf);
  switch (condition.type) {
    case "and":
    case "or":
      return { ...condition, operands: condition.operands.map(recurse) };
    case "since":
      return { ...condition, trigger: recurse(condition.trigger), reset: recurse(condition.reset) };
    case "asset_matches":
      return { ...condition, asset: keyOf(condition.asset), operand: recurse(condition.operand) };
    case "not":
    case "newly_true":
    case "any_deps_match":
    case "all_deps_match":
    case "any_checks_match":
    case "all_checks_match":
      return { ...condition, operand: recurse(condition.operand) };
    default:
      return condition;
  }
}

function prefixMetadata(metadata: Metadata, keyOf: KeyOf): Metadata {
  return Object.fromEntries(
    Object.entries(metadata).map(([name, value]) => [name, prefixMetadataValue(value, keyOf)]),
  );
}

function prefixMetadataValue(metadata: MetadataValue, keyOf: KeyOf): MetadataValue {
  if (metadata.type === "asset") return { type: "asset", value: keyOf(metadata.value) };
  if (metadata.type !== "table_column_lineage") return metadata;
  const columns = Object.entries(metadata.value).map(([column, sources]) => [
    column,
    sources.map((source) => ({ ...source, asset: keyOf(source.asset) })),
  ]);
  return { type: "table_column_lineage", value: Object.fromEntries(columns) };
}
