import {
  type AssetCheckSpec,
  type AssetKey,
  type AssetSpec,
  type CheckKey,
  type CodeReference,
  type ComponentContext,
  checkKey,
} from "#platform";
import { upstreamNodes } from "./dbt-assets.ts";
import { type DbtManifest, type DbtNode, isRelation, parentsOf } from "./manifest.ts";
import { nodeMeta } from "./node-meta.ts";

export interface TestCheck {
  readonly key: CheckKey;
  readonly test: DbtNode;
  readonly spec: AssetCheckSpec;
}

/**
 * The checks of the chosen tests and unit tests, those of assets that are listed. A test
 * of several nodes is a check of the one that it is about, with the others as further deps.
 */
export function checksOf(
  nodes: readonly DbtNode[],
  {
    manifest,
    listed,
    keyOf,
    referTo,
  }: {
    readonly manifest: DbtManifest;
    /** unique_ids of nodes that are assets of the component. */
    readonly listed: ReadonlySet<string>;
    readonly keyOf: (node: DbtNode) => AssetKey;
    readonly referTo: (test: DbtNode) => readonly CodeReference[];
  },
): TestCheck[] {
  const taken = new Set<string>();
  return nodes.flatMap((test) => {
    if (test.resource_type !== "test" && test.resource_type !== "unit_test") return [];
    const tested = checkedNode(test, manifest, listed);
    if (tested === undefined) return [];
    const asset = keyOf(tested.node);
    const others = tested.others.filter(isListable).map(keyOf);
    const additionalDeps = [...new Set(others)].filter((key) => key !== asset);
    // Tests of one name, of two packages or of two files, keep apart by their ids.
    const name = taken.has(`${asset}:${test.name}`)
      ? test.unique_id.split(".").slice(1).join(".")
      : test.name;
    taken.add(`${asset}:${name}`);
    const isUnit = test.resource_type === "unit_test";
    const kind = isUnit ? "unit" : test.test_metadata ? (test.test_metadata.name ?? "generic") : "singular";
    const spec: AssetCheckSpec = {
      name,
      asset,
      blocking: isUnit || isBlocking(test),
      metadata: {
        unique_id: { type: "text", value: test.unique_id },
        test_type: { type: "text", value: kind },
      },
      ...((test.description ?? "") === "" ? {} : { description: test.description as string }),
      ...(additionalDeps.length === 0 ? {} : { additionalDeps }),
      codeReferences: referTo(test),
    };
    return [{ key: checkKey(asset, name), test, spec }];
  });
}

/** Where the rules name no node, or none that is listed, it is the one listed node that the test stands on. */
function checkedNode(
  test: DbtNode,
  manifest: DbtManifest,
  listed: ReadonlySet<string>,
): TestedNode | undefined {
  const tested = testedNode(test, manifest);
  if (tested !== undefined && listed.has(tested.node.unique_id)) return tested;
  const upstream = upstreamNodes(test, manifest);
  // Of several it is about the one that stands on the others: it is built last.
  const candidates = upstream.filter(({ unique_id: id }) => listed.has(id));
  const last = candidates.length < 2 ? candidates : lowest(candidates, manifest);
  const [node] = last;
  if (node === undefined || last.length !== 1 || (tested !== undefined && isListable(tested.node))) {
    return undefined;
  }
  return { test, node, others: upstream.filter((one) => one !== node) };
}

function isListable(node: DbtNode): boolean {
  return isRelation(node) || node.resource_type === "source";
}

function lowest(nodes: readonly DbtNode[], manifest: DbtManifest): DbtNode[] {
  const above = new Set(nodes.flatMap((node) => ancestorsOf(node, manifest)));
  return nodes.filter(({ unique_id: id }) => !above.has(id));
}

function ancestorsOf(node: DbtNode, manifest: DbtManifest): string[] {
  const seen = new Set<string>();
  const look = (from: DbtNode): void => {
    for (const id of parentsOf(from, manifest)) {
      if (seen.has(id)) continue;
      seen.add(id);
      look(manifest.nodes.get(id) as DbtNode);
    }
  };
  look(node);
  return [...seen];
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

/** What a test without a check of its own is told of: each asset or source that it reads. */
export function observedNodes(test: DbtNode, manifest: DbtManifest): DbtNode[] {
  return testedNode(test, manifest) === undefined ? upstreamNodes(test, manifest) : [];
}

/** Whether a failure of the test fails dbt's run, so that nothing downstream is built. */
export function isBlocking(test: DbtNode): boolean {
  return String(test.config?.["severity"] ?? "error").toLowerCase() === "error";
}

/** `ref: {name, package?, version?}` of its meta. */
function namedNode(test: DbtNode, manifest: DbtManifest): DbtNode | undefined {
  const ref = nodeMeta(test)["ref"];
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

/** The answers of `dbt source freshness`, each as a check of its source. */
export function freshnessChecks(
  context: Pick<ComponentContext, "codeReference">,
  sources: readonly { readonly node: DbtNode; readonly spec: AssetSpec }[],
): TestCheck[] {
  return sources.map(({ node, spec: { key: asset } }) => ({
    key: checkKey(asset, "freshness"),
    test: node,
    spec: {
      name: "freshness",
      asset,
      blocking: false,
      description: "Whether the newest row is as young as the source's `freshness` in dbt asks for.",
      metadata: { unique_id: { type: "text", value: node.unique_id } },
      codeReferences: [context.codeReference()],
    },
  }));
}
