import { type DbtManifest, type DbtNode, parentsOf } from "./manifest.ts";
import { nodeMethods } from "./node-methods.ts";

/** A criterion that dbt would refuse, with the reason. */
export class NodeSelectionError extends Error {
  override readonly name = "NodeSelectionError";
}

/**
 * The nodes that dbt would choose for `--select` and `--exclude`: blanks unite, commas intersect, `+` and `@` spread
 * along the graph; tests come along with any of the nodes that they test. Throws NodeSelectionError.
 */
export function selectNodes(manifest: DbtManifest, select: string, exclude = ""): Set<string> {
  const chosen = unionOf(manifest, select);
  for (const id of exclude.trim() === "" ? [] : unionOf(manifest, exclude)) chosen.delete(id);
  for (const id of chosen) if (isEmpty(manifest.nodes.get(id) as DbtNode)) chosen.delete(id);
  return chosen;
}

function unionOf(manifest: DbtManifest, text: string): Set<string> {
  const union = new Set<string>();
  for (const group of text.trim().split(/\s+/)) {
    const [first = new Set<string>(), ...others] = group
      .split(",")
      .map((criterion) => withTests(manifest, spread(manifest, criterion)));
    for (const id of first) if (others.every((other) => other.has(id))) union.add(id);
  }
  return union;
}

const criterionPattern =
  /^(?<all>@)?(?<up>(?<upDepth>\d*)\+)?(?:(?<method>[a-z_]+)(?:\.(?<argument>[^:+]+))?:)?(?<value>.*?)(?<down>\+(?<downDepth>\d*))?$/;

function spread(manifest: DbtManifest, criterion: string): Set<string> {
  const parts = criterionPattern.exec(criterion)?.groups;
  if (parts === undefined || parts["value"] === "")
    throw new NodeSelectionError(`\`${criterion}\` is no criterion`);
  const { all, up, upDepth, down, downDepth } = parts;
  if (all !== undefined && down !== undefined)
    throw new NodeSelectionError(`\`${criterion}\` has \`@\` and \`+\` at its end`);
  const found = matching(manifest, parts as { value: string });
  const parents = (id: string): readonly string[] => parentsOf(manifest.nodes.get(id) as DbtNode, manifest);
  const children = (id: string): readonly string[] => manifest.children.get(id) ?? [];
  if (all !== undefined) {
    const below = reach(found, children, Number.POSITIVE_INFINITY);
    return reach(below, parents, Number.POSITIVE_INFINITY);
  }
  const chosen = new Set(found);
  if (up !== undefined) for (const id of reach(found, parents, depthOf(upDepth))) chosen.add(id);
  if (down !== undefined) for (const id of reach(found, children, depthOf(downDepth))) chosen.add(id);
  return chosen;
}

function matching(
  manifest: DbtManifest,
  { method, argument = "", value }: { method?: string; argument?: string; value: string },
): Set<string> {
  const chosen = method ?? methodFor(value);
  const matches = nodeMethods[chosen];
  if (matches === undefined) {
    throw new NodeSelectionError(
      `there is no method \`${chosen}\`; known: ${Object.keys(nodeMethods).join(", ")}`,
    );
  }
  const found = new Set<string>();
  for (const [id, node] of manifest.nodes) if (matches(node, value, { argument, manifest })) found.add(id);
  return found;
}

function methodFor(value: string): string {
  if (/[\\/]/.test(value)) return "path";
  return /\.(sql|py|csv)$/.test(value) ? "file" : "fqn";
}

function depthOf(written: string | undefined): number {
  return written === undefined || written === "" ? Number.POSITIVE_INFINITY : Number(written);
}

/** `start` and everything at most `depth` steps from it. */
function reach(
  start: ReadonlySet<string>,
  next: (id: string) => readonly string[],
  depth: number,
): Set<string> {
  const reached = new Set(start);
  let edge = [...start];
  for (let step = 0; step < depth && edge.length > 0; step++) {
    edge = edge.flatMap(next).filter((id) => !reached.has(id) && reached.add(id));
  }
  return reached;
}

function withTests(manifest: DbtManifest, chosen: Set<string>): Set<string> {
  for (const id of [...chosen]) {
    for (const child of manifest.children.get(id) ?? []) {
      const type = manifest.nodes.get(child)?.resource_type;
      if (type === "test" || type === "unit_test") chosen.add(child);
    }
  }
  return chosen;
}

/** dbt leaves out models whose file holds nothing. */
function isEmpty({ resource_type, language, raw_code }: DbtNode): boolean {
  return (
    resource_type === "model" && language !== "python" && raw_code !== undefined && raw_code.trim() === ""
  );
}
