import type { AssetKey, CheckKey, StepContext } from "#platform";
import { type DbtManifest, type DbtNode, isRelation } from "./manifest.ts";
import type { DbtProject } from "./run-project.ts";

/** The whole of what a component's step can build, by asset and check. */
export interface DbtTargets {
  readonly assets: ReadonlyMap<AssetKey, DbtNode>;
  readonly checks: ReadonlyMap<CheckKey, DbtNode>;
  /** Selection and exclusion as written, for a run of everything; absent where it cannot be said so. */
  readonly select?: string;
  readonly exclude?: string;
  /** Name of a selector of the project, instead of `select`. */
  readonly selector?: string;
  /** Whether tests run at all. */
  readonly tests: boolean;
  /** Tells which further nodes a name would choose. */
  readonly manifest?: Pick<DbtManifest, "nodes">;
}

/** One call of dbt, but for where it runs. */
export interface DbtInvocation {
  readonly command: DbtProject["command"];
  /** `--select` and what belongs to it. */
  readonly selection: readonly string[];
}

type Asked = Pick<StepContext, "selectedAssets" | "selectedChecks">;

/** The calls that bring about what the step was asked for, in their order. */
export function invocationsOf(
  step: Asked,
  targets: DbtTargets,
  { command, tests }: Pick<DbtProject, "command" | "tests">,
): DbtInvocation[] {
  if (command !== "build") {
    return [{ command, selection: ofCommand(command, step, targets) }];
  }
  if (tests !== "after_all" || !targets.tests) {
    return [{ command, selection: selectionFlags(step, targets) }];
  }
  const built: DbtInvocation[] =
    step.selectedAssets.length === 0
      ? []
      : [
          {
            command,
            selection: selectionFlags({ ...step, selectedChecks: [] }, { ...targets, tests: false }),
          },
        ];
  if (step.selectedChecks.length === 0) return built;
  return [...built, { command: "test", selection: selectionFlags(step, targets) }];
}

/** Commands other than `build` and `test` take no flag about tests. */
function ofCommand(command: DbtProject["command"], step: Asked, targets: DbtTargets): string[] {
  if (command === "test") return selectionFlags(step, { ...targets, tests: true });
  return selectionFlags({ ...step, selectedChecks: [] }, { ...targets, tests: false }).slice(
    0,
    -noTests.length,
  );
}

const noTests = ["--exclude-resource-type", "test", "unit_test"];

/** `--select` and its kin for what the step was asked for. */
export function selectionFlags(step: Asked, targets: DbtTargets): string[] {
  const without = targets.tests ? [] : noTests;
  const whole = wholeSelection(step, targets);
  if (whole !== undefined) return [...whole, ...without];
  const nodes = step.selectedAssets.map((key) => targets.assets.get(key) as DbtNode);
  const chosen = new Set(step.selectedAssets);
  const ofAssets = [...targets.checks.keys()].filter((check) => chosen.has(assetOf(check)));
  const wanted = new Set(step.selectedChecks);
  const isExact =
    !targets.tests || (ofAssets.length === wanted.size && ofAssets.every((check) => wanted.has(check)));
  // dbt brings the tests of chosen nodes along by itself; where others were asked for, it runs exactly what is named.
  const bringsTests = isExact && nodes.length > 0;
  const tests = bringsTests ? [] : step.selectedChecks.map((key) => targets.checks.get(key) as DbtNode);
  const names = criteria([...nodes, ...tests], targets);
  const short = bringsTests && lengthOf(names) > shortLength ? groupedCriteria(nodes, targets) : names;
  return ["--select", ...short, ...(bringsTests ? [] : ["--indirect-selection", "empty"]), ...without];
}

/** Characters of arguments that every system takes. */
const shortLength = 20_000;

export function lengthOf(args: readonly string[]): number {
  return args.reduce((total, arg) => total + arg.length + 1, 0);
}

function wholeSelection(
  step: Asked,
  { assets, checks, tests, ...written }: DbtTargets,
): string[] | undefined {
  const { select, exclude = "", selector } = written;
  const allChecks = !tests || step.selectedChecks.length === checks.size;
  if (step.selectedAssets.length !== assets.size || !allChecks) return undefined;
  if (selector !== undefined) return ["--selector", selector];
  if (select === undefined || select.trim() === "") return undefined;
  return ["--select", ...words(select), ...(exclude.trim() === "" ? [] : ["--exclude", ...words(exclude)])];
}

/**
 * A name for each node. The name of one in `marts.orders` is also the beginning of all in a folder `orders` beside it,
 * and of its unit tests; there the file says which one is meant.
 */
function criteria(nodes: readonly DbtNode[], { manifest, checks }: DbtTargets): string[] {
  const prefixes = new Set<string>();
  const known = manifest === undefined ? checks.values() : manifest.nodes.values();
  for (const { fqn, resource_type } of known) {
    if (resource_type === "source") continue;
    for (let length = 1; length < (fqn?.length ?? 0); length++) prefixes.add(fqn.slice(0, length).join("."));
  }
  return nodes.map((node) => {
    const name = node.fqn.join(".");
    const file = node.original_file_path;
    return prefixes.has(name) && file !== undefined ? `fqn:${name},path:${file}` : `fqn:${name}`;
  });
}

interface Folder {
  readonly folders: Map<string, Folder>;
  readonly nodes: DbtNode[];
}

/** The same nodes by folders that are wanted whole, and single names for the rest. */
function groupedCriteria(wanted: readonly DbtNode[], targets: DbtTargets): string[] {
  const { manifest } = targets;
  if (manifest === undefined) return criteria(wanted, targets);
  const ids = new Set(wanted.map(({ unique_id }) => unique_id));
  const root = folderTree([...manifest.nodes.values()].filter(isRelation));
  const single: DbtNode[] = [];
  const groups: string[] = [];
  const visit = (folder: Folder, path: readonly string[]): void => {
    const all = nodesBelow(folder);
    if (path.length > 0 && all.length > 1 && all.every(({ unique_id }) => ids.has(unique_id))) {
      groups.push(`fqn:${path.join(".")}.*`);
      return;
    }
    single.push(...folder.nodes.filter(({ unique_id }) => ids.has(unique_id)));
    for (const [name, below] of folder.folders) visit(below, [...path, name]);
  };
  visit(root, []);
  return [...groups, ...criteria(single, targets)];
}

function folderTree(nodes: readonly DbtNode[]): Folder {
  const root: Folder = { folders: new Map(), nodes: [] };
  for (const node of nodes) {
    let folder = root;
    for (const name of node.fqn.slice(0, -1)) {
      const next: Folder = folder.folders.get(name) ?? { folders: new Map(), nodes: [] };
      folder.folders.set(name, next);
      folder = next;
    }
    folder.nodes.push(node);
  }
  return root;
}

function nodesBelow({ nodes, folders }: Folder): DbtNode[] {
  return [...nodes, ...[...folders.values()].flatMap(nodesBelow)];
}

function assetOf(check: CheckKey): AssetKey {
  return check.slice(0, check.lastIndexOf(":")) as AssetKey;
}

function words(selection: string): string[] {
  return selection.trim().split(/\s+/);
}

/** Folders as the process that runs dbt sees them. */
export interface DbtFolders {
  readonly project: string;
  readonly target: string;
  readonly profiles?: string;
  readonly state?: string;
}

/** Flags of a command, without its selection; `window` limits the batches of microbatch models. */
export function projectFlags(
  project: DbtProject,
  command: string,
  {
    folders,
    window,
  }: { folders: DbtFolders; window: { readonly start: string; readonly end: string } | undefined },
): string[] {
  const builds = command === "build" || command === "run";
  const { profile, target, vars, fullRefresh, threads, defer, favorState, failFast, args } = project;
  return [
    ...["--project-dir", folders.project, "--target-path", folders.target],
    ...["--log-path", `${folders.target}/logs`],
    ...(folders.profiles === undefined ? [] : ["--profiles-dir", folders.profiles]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(target === undefined ? [] : ["--target", target]),
    ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
    ...(threads === undefined ? [] : ["--threads", String(threads)]),
    ...(folders.state === undefined ? [] : ["--state", folders.state]),
    ...(defer ? ["--defer"] : []),
    ...(favorState ? ["--favor-state"] : []),
    ...(failFast ? ["--fail-fast"] : []),
    ...(fullRefresh && (builds || command === "seed") ? ["--full-refresh"] : []),
    ...(window === undefined || !builds || args.includes("--event-time-start")
      ? []
      : ["--event-time-start", window.start, "--event-time-end", window.end]),
    ...args,
  ];
}
