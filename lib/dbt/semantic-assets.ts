import { type AssetKey, type AssetSpec, assetKey, isPlainObject, type Metadata } from "#platform";
import { nodeKey, tagsOf, upstreamNodes } from "./dbt-assets.ts";
import { type DbtManifest, type DbtNode, isRelation, parentsOf } from "./manifest.ts";
import { nodeMeta } from "./node-meta.ts";

/** Kinds of nodes that dbt does not build, and that stand for something downstream of what it builds. */
export const semanticTypes = ["exposure", "metric", "semantic_model"] as const;

/**
 * The asset of an exposure, a metric or a semantic model, which nothing here brings up to date. Its key is
 * `asset_key` of its meta, else its name; `semanticKeys` keep it apart from that of a model of the same name.
 */
export function semanticAsset(node: DbtNode, manifest: DbtManifest): AssetSpec {
  const tags = tagsOf(node.tags);
  const owners = ownersOf(node);
  return {
    key: nodeKey(node),
    kinds: [node.resource_type === "exposure" ? (node.type ?? "exposure") : node.resource_type],
    deps: semanticUpstream(node, manifest).map(nodeKey),
    description: describe(node),
    metadata: { unique_id: { type: "text", value: node.unique_id }, ...metadataOf(node) },
    ...(owners.length === 0 ? {} : { owners }),
    ...(tags === undefined ? {} : { tags }),
  };
}

/**
 * Keys of all exposures, metrics and semantic models by unique_id. One whose key is taken, by what dbt builds or by one
 * before it, gets its type in front: the semantic model `orders` is `semantic_model/orders` then.
 */
export function semanticKeys({ nodes }: Pick<DbtManifest, "nodes">): Map<string, AssetKey> {
  const all = [...nodes.values()];
  const taken = new Set(all.filter(isRelation).map(nodeKey));
  const settled = new Map<string, AssetKey>();
  for (const node of all) {
    if (!semanticTypes.some((type) => type === node.resource_type)) continue;
    const own = nodeKey(node);
    const key = taken.has(own) ? assetKey(node.resource_type, ...own.split("/")) : own;
    taken.add(key);
    settled.set(node.unique_id, key);
  }
  return settled;
}

/** Metrics stand on metrics and semantic models, exposures on anything. */
export function semanticUpstream(node: DbtNode, manifest: DbtManifest): DbtNode[] {
  const direct = parentsOf(node, manifest).map((id) => manifest.nodes.get(id) as DbtNode);
  const semantic = direct.filter(({ resource_type: type }) => semanticTypes.some((known) => known === type));
  const built = upstreamNodes(
    {
      ...node,
      depends_on: {
        nodes: direct.filter((parent) => !semantic.includes(parent)).map(({ unique_id }) => unique_id),
      },
    },
    manifest,
  );
  return [...semantic, ...built];
}

function describe({ description, label, resource_type: type, name }: DbtNode): string {
  if (description !== undefined && description !== null && description !== "") return description;
  return label ?? `dbt ${type.replaceAll("_", " ")} ${name}`;
}

function ownersOf(node: DbtNode): string[] {
  const written = nodeMeta(node)["owners"];
  if (Array.isArray(written)) return written.map(String);
  const email = isPlainObject(node.owner) ? node.owner["email"] : undefined;
  return [email ?? []].flat().map(String);
}

function metadataOf(node: DbtNode): Metadata {
  const text = (name: string, value: unknown): Metadata =>
    typeof value === "string" && value !== "" ? { [name]: { type: "text", value } } : {};
  switch (node.resource_type) {
    case "exposure":
      return {
        ...text("exposure_type", node.type),
        ...(typeof node.url === "string" ? { exposure_url: { type: "url", value: node.url } } : {}),
        ...text("exposure_maturity", node.maturity),
      };
    case "metric":
      return { ...text("metric_type", node.type), ...text("metric_label", node.label) };
    default:
      return Object.fromEntries(
        (["entities", "dimensions", "measures"] as const).map((part) => [
          part,
          { type: "json", value: (node[part] ?? []).map(({ name }) => name) },
        ]),
      );
  }
}
