import {
  type AssetCheckSpec,
  type AssetKey,
  type CheckKey,
  type ComponentContext,
  checkKey,
} from "#platform";
import { type DbtManifest, type DbtNode, dagsterMeta, isBuilt, parentsOf } from "./manifest.ts";

/** The checks of the chosen nodes' tests, those of assets that are chosen too; `keys` are the assets' keys by node. */
export function checksOf(
  context: ComponentContext,
  nodes: readonly DbtNode[],
  { manifest, keys }: { manifest: DbtManifest; keys: ReadonlyMap<string, AssetKey> },
): { key: CheckKey; test: DbtNode; spec: AssetCheckSpec }[] {
  const chosen = new Set(nodes.filter(isBuilt).map((node) => node.unique_id));
  return nodes.flatMap((test) => {
    if (test.resource_type !== "test") return [];
    const tested = testedNode(test, manifest);
    const asset = keys.get(tested?.node.unique_id ?? "");
    if (tested === undefined || asset === undefined || !chosen.has(tested.node.unique_id)) return [];
    const others = tested.others.flatMap((node) => keys.get(node.unique_id) ?? []);
    const spec: AssetCheckSpec = {
      name: test.name,
      asset,
      blocking: isBlocking(test),
      metadata: { unique_id: { type: "text", value: test.unique_id } },
      ...(test.description === undefined || test.description === "" ? {} : { description: test.description }),
      ...(others.length === 0 ? {} : { additionalDeps: others }),
      codeReferences: [context.codeReference()],
    };
    return [{ key: checkKey(asset, test.name), test, spec }];
  });
}

/** A dbt test as the check of one node; the other nodes that it reads come along as `others`. */
export interface TestedNode {
  readonly test: DbtNode;
  readonly node: DbtNode;
  readonly others: readonly DbtNode[];
}

/** The node that a test is about: the one that it is attached to, the only one that it reads, or the one it names. */
export function testedNode(test: DbtNode, manifest: DbtManifest): TestedNode | undefined {
  const parents = parentsOf(test, manifest).map((id) => manifest.nodes.get(id) as DbtNode);
  const named = namedNode(test, manifest);
  const attached = manifest.nodes.get(test.attached_node ?? "");
  const node = named ?? attached ?? (parents.length === 1 ? parents[0] : undefined);
  if (node === undefined) return undefined;
  return { test, node, others: parents.filter((parent) => parent !== node) };
}

/** Whether a failure of the test fails dbt's run, so that nothing downstream is built. */
export function isBlocking(test: DbtNode): boolean {
  return String(test.config?.["severity"] ?? "error").toLowerCase() === "error";
}

/** `meta.dagster.ref: {name, package?, version?}`. */
function namedNode(test: DbtNode, manifest: DbtManifest): DbtNode | undefined {
  const ref = dagsterMeta(test)["ref"];
  if (typeof ref !== "object" || ref === null) return undefined;
  const {
    name,
    package: packageName,
    version,
  } = ref as { name?: unknown; package?: unknown; version?: unknown };
  return [...manifest.nodes.values()].find(
    (node) =>
      node.resource_type !== "test" &&
      node.name === name &&
      node.package_name === (packageName ?? manifest.projectName) &&
      (version === undefined || String(node.version) === String(version)),
  );
}
