import type { AssetKey, AssetSpec, ComponentContext, Reference } from "#platform";
import { addedDeps } from "./chosen-nodes.ts";
import { upstreamNodes } from "./dbt-assets.ts";
import { checksOf, type TestCheck } from "./dbt-checks.ts";
import type { LoadSettings } from "./load-settings.ts";
import { type DbtManifest, type DbtNode, isBuilt } from "./manifest.ts";
import { writtenKey } from "./node-meta.ts";
import { NodeSpecs } from "./node-specs.ts";
import type { RunSettings } from "./run-settings-schema.ts";
import { semanticTypes } from "./semantic-assets.ts";

export interface ListedNode {
  readonly node: DbtNode;
  readonly spec: AssetSpec;
}

/** What a dbt project's chosen nodes are to dop. */
export interface ProjectNodes {
  readonly built: readonly ListedNode[];
  /** Sources upstream of them that are no other component's assets. */
  readonly sources: readonly ListedNode[];
  /** Exposures, metrics and semantic models. */
  readonly semantic: readonly ListedNode[];
  readonly checks: readonly TestCheck[];
}

/** The assets and checks of the chosen nodes. Two nodes of one key are a problem that names both. */
export function projectNodes(
  context: ComponentContext,
  { manifest, chosen }: { readonly manifest: DbtManifest; readonly chosen: ReadonlySet<string> },
  settings: LoadSettings & Pick<RunSettings, "tests">,
): ProjectNodes {
  const specs = new NodeSpecs(context, settings, manifest);
  const nodes = [...chosen].map((id) => manifest.nodes.get(id)).filter((node) => node !== undefined);
  const added = addedDeps(
    context,
    manifest,
    (settings.deps ?? {}) as Record<string, (AssetKey | Reference)[]>,
  );
  const listed = (node: DbtNode): ListedNode => {
    const spec = specs.specOf(node);
    // A source may be what another component makes, such as a copied table: then that one's asset it is.
    const yields = node.resource_type === "source" ? { yields: true as const } : {};
    const deps = [...(spec.deps ?? []), ...(added.get(node.unique_id) ?? [])];
    return { node, spec: { ...spec, ...yields, deps } };
  };
  const built = nodes.filter(isBuilt).map(listed);
  const semantic =
    settings.exposures === "none" ? [] : nodes.filter((node) => isOfType(node, semanticTypes)).map(listed);
  const sources =
    settings.sources === "deps" ? [] : sourcesOf(manifest, nodes, [...built, ...semantic]).map(listed);
  const unique = withoutTaken(context, [...built, ...sources, ...semantic]);
  const only = (some: readonly ListedNode[]): ListedNode[] => some.filter((one) => unique.has(one));
  const checked = [...only(built), ...only(sources)];
  const checks =
    settings.tests === "none"
      ? []
      : checksOf(nodes, {
          manifest,
          listed: new Set(checked.map(({ node }) => node.unique_id)),
          keyOf: (node) => specs.keyOf(node),
          referTo: (test) => [context.codeReference(), ...specs.codeReferences(test)],
        });
  return { built: only(built), sources: only(sources), semantic: only(semantic), checks };
}

/** Sources that what is listed stands on, and those that were selected themselves. */
function sourcesOf(
  manifest: DbtManifest,
  nodes: readonly DbtNode[],
  listed: readonly ListedNode[],
): DbtNode[] {
  const upstream = listed.flatMap(({ node }) => upstreamNodes(node, manifest));
  const isOwn = (node: DbtNode): boolean => node.resource_type === "source" && writtenKey(node) === undefined;
  return [...new Set([...upstream, ...nodes].filter(isOwn))];
}

function isOfType({ resource_type }: DbtNode, types: readonly string[]): boolean {
  return types.includes(resource_type);
}

/** Sources may share a key: they are then one table that several call their own. */
function withoutTaken(context: ComponentContext, all: readonly ListedNode[]): Set<ListedNode> {
  const first = new Map<AssetKey, ListedNode>();
  for (const one of all) {
    const other = first.get(one.spec.key);
    if (other === undefined) {
      first.set(one.spec.key, one);
      continue;
    }
    if (one.node.resource_type === "source" && other.node.resource_type === "source") continue;
    context.report(["project"], {
      code: "duplicate-asset",
      message: `${other.node.unique_id} and ${one.node.unique_id} both have the key \`${one.spec.key}\``,
      hint: "give one of them another by `translation.key` or by `asset_key` of its `meta.dop`",
    });
  }
  return new Set(first.values());
}
