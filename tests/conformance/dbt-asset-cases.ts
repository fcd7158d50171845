import { codeChange, nodeAsset, nodeKey, upstreamNodes } from "../../lib/dbt/dbt-assets.ts";
import { type DbtManifest, type DbtNode, isBuilt, isOfOtherProject } from "../../lib/dbt/manifest.ts";
import { selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { semanticAsset } from "../../lib/dbt/semantic-assets.ts";
import { sourceFreshness } from "../../lib/dbt/source-freshness.ts";
import type { AssetSpec } from "../../platform/core/asset.ts";
import { assetKeyParts } from "../../platform/core/asset-key.ts";
import { type Answer, type DbtCase, type Fields, onlyKnown } from "./dbt-case.ts";
import { builtNodes, nodeOf, only } from "./dbt-fields.ts";
import type { DbtFiles } from "./dbt-files.ts";
import { sha256OfLines } from "./dbt-selection-cases.ts";

export function assetAnswer({ manifest: name, input, expect }: DbtCase, files: DbtFiles): Answer {
  onlyKnown(input, ["unique_id", "field", "select", "edge_format", "state_manifest", "rule"]);
  const manifest = files.manifest(name);
  switch (input["field"]) {
    case undefined:
    case "column_schema":
    case "description":
      return assetFields(nodeOf(manifest, input), manifest);
    case "exposure_spec":
    case "metric_spec":
    case "semantic_model_spec":
      return semanticFields(nodeOf(manifest, input), manifest);
    case "freshness":
      return freshnessFields(nodeOf(manifest, input));
    case "asset_unique_ids":
      return assetIds(manifest, String(input["select"]), expect);
    case "whole_project":
      return projectFields(manifest);
    case "external_nodes":
      return externalFields(manifest);
    case "dbt_state_tag": {
      const earlier = files.manifest(String(input["state_manifest"]));
      const models = [...manifest.nodes.values()].filter(({ resource_type: type }) => type === "model");
      const changes = models.map((model) => [model.name, codeChange(model, earlier)]);
      return only({ "dbt/state": () => Object.fromEntries(changes) });
    }
    default:
      throw new Error(`unknown field ${String(input["field"])}`);
  }
}

function assetFields(node: DbtNode, manifest: DbtManifest): Answer {
  const spec = nodeAsset(node, manifest);
  const metadata = valuesOf(spec);
  return (field) => {
    if (field === "columns") return (metadata["column_schema"] as { columns: unknown }).columns;
    if (field === "starts_with") return startOf(spec.description ?? "", "\n\n#### Raw SQL");
    if (field === "contains") return (spec.description ?? "").match(/#### Raw SQL:\n```sql\n/)?.[0];
    return specField(spec, field);
  };
}

function startOf(text: string, end: string): string {
  return text.slice(0, text.indexOf(end));
}

function specField(spec: AssetSpec, field: string): unknown {
  const metadata = valuesOf(spec);
  switch (field) {
    case "asset_key":
      return assetKeyParts(spec.key);
    case "deps":
      return [...new Set(spec.deps?.map(String))].sort();
    case "group":
      return spec.groupName ?? null;
    case "tags":
      return spec.tags ?? {};
    case "owners":
      return spec.owners ?? null;
    case "kinds":
      return spec.kinds;
    case "code_version":
      return spec.codeVersion;
    case "table_name":
    case "materialization_type":
      return metadata[field];
    case "dbt_unique_id":
      return metadata["unique_id"];
    default:
      throw new Error(`unknown expectation ${field}`);
  }
}

function valuesOf({ metadata = {} }: AssetSpec): { readonly [name: string]: unknown } {
  return Object.fromEntries(Object.entries(metadata).map(([name, { value }]) => [name, value]));
}

function semanticFields(node: DbtNode, manifest: DbtManifest): Answer {
  const spec = semanticAsset(node, manifest);
  const { unique_id: _id, ...metadata } = valuesOf(spec);
  return (field) => {
    switch (field) {
      case "metadata":
        return metadata;
      case "metric_type":
      case "entities":
      case "dimensions":
      case "measures":
        return metadata[field];
      case "collides_with":
        return builtNodes(manifest).find((built) => nodeKey(built) === spec.key)?.unique_id;
      default:
        return specField(spec, field);
    }
  };
}

function freshnessFields(source: DbtNode): Answer {
  const freshness = sourceFreshness(source);
  return only({
    none: () => freshness === undefined,
    warn_after_seconds: () => freshness?.warnSeconds,
    error_after_seconds: () => freshness?.errorSeconds,
    loaded_at_field: () => freshness?.loadedAtField,
  });
}

function assetIds(manifest: DbtManifest, select: string, expect: Fields): Answer {
  const { ids } = selectNodes(manifest, { select });
  const assets = [...ids].filter((id) => isBuilt(manifest.nodes.get(id) as DbtNode)).sort();
  return only({
    unique_ids: () => assets,
    not_assets: () => (expect["not_assets"] as readonly string[]).filter((id) => !assets.includes(id)),
  });
}

function projectFields(manifest: DbtManifest): Answer {
  const built = builtNodes(manifest);
  const keys = built.map(nodeKey).sort();
  const byKey = Map.groupBy(built, nodeKey);
  const duplicates = [...byKey].filter(([, nodes]) => nodes.length > 1);
  const upstream = built.map((node) => ({ node, parents: upstreamNodes(node, manifest) }));
  const edges = upstream
    .flatMap(({ node, parents }) => parents.map((parent) => `${nodeKey(node)}<-${nodeKey(parent)}`))
    .sort();
  const sources = upstream.flatMap(({ parents }) =>
    parents.filter(({ resource_type: type }) => type === "source"),
  );
  return only({
    asset_count: () => built.length,
    distinct_asset_keys: () => byKey.size,
    asset_keys: () => keys,
    asset_keys_sha256: () => sha256OfLines(keys),
    edge_count: () => edges.length,
    edges_sha256_sorted_newline: () => sha256OfLines(edges),
    first_edges: () => edges.slice(0, 5),
    duplicate_key_count: () => duplicates.length,
    duplicate_keys: () =>
      Object.fromEntries(duplicates.map(([key, nodes]) => [key, nodes.map((node) => node.unique_id)])),
    external_source_keys: () => new Set(sources.map(nodeKey)).size,
  });
}

function externalFields(manifest: DbtManifest): Answer {
  const nodes = [...manifest.nodes.values()];
  return only({
    external_unique_ids: () =>
      nodes
        .filter(isOfOtherProject)
        .map((node) => node.unique_id)
        .sort(),
    local_models: () =>
      nodes
        .filter((node) => isBuilt(node) && node.resource_type === "model")
        .map((node) => node.unique_id)
        .sort(),
  });
}
