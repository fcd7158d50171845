import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { Asset, AssetCheck, SnapshotDefinitions } from "../core/definitions-snapshot.ts";

/** A project's definitions under its name. */
export interface NamedDefinitions {
  readonly name: string;
  readonly definitions: SnapshotDefinitions;
}

/** A key that more than one project makes; the first keeps it. */
export interface ContestedKey {
  readonly key: AssetKey;
  readonly projects: readonly string[];
}

export interface JoinedDefinitions {
  /** To be evaluated, not to be planned: names of steps and of their graphs begin with their project's. */
  readonly definitions: SnapshotDefinitions;
  /** Name of the project that an asset or a check is of; `undefined` where nobody defines it. */
  projectOf(key: string): string | undefined;
  /** In the order of keys. */
  readonly contested: readonly ContestedKey[];
  /** Assets that others depend on and that no project defines, in the order of keys. */
  readonly undefinedKeys: readonly AssetKey[];
}

/**
 * The definitions of several projects as one graph, in which a dep is the asset of that key, whichever project has it.
 *
 * Of equal keys the one counts that is brought up to date, then one that is observed, then one that is declared; among
 * equals that of the first project. What others know of it besides are its checks.
 */
export function joinedDefinitions(projects: readonly NamedDefinitions[]): JoinedDefinitions {
  const claims = claimsByKey(projects);
  const checks = checksByKey(projects);
  const checksOf = Map.groupBy(checks.values(), ({ check }) => check.asset);
  const owners = new Map<string, string>();
  const assets: Asset[] = [];
  const contested: ContestedKey[] = [];
  const undefinedKeys: AssetKey[] = [];
  for (const key of [...claims.keys()].sort()) {
    const ranked = (claims.get(key) as Claim[]).toSorted((a, b) => strength(b.asset) - strength(a.asset));
    const { project, asset } = ranked[0] as Claim;
    if (isDefined(asset)) owners.set(key, project);
    else undefinedKeys.push(key);
    const makers = ranked.filter((claim) => claim.asset.materializable);
    if (makers.length > 1) contested.push({ key, projects: makers.map((claim) => claim.project) });
    assets.push({
      ...asset,
      ...(asset.step === undefined ? {} : { step: nameIn(project, asset.step) }),
      checks: (checksOf.get(key) ?? []).map(({ check }) => check.key).sort(),
    });
  }
  for (const { project, check } of checks.values()) owners.set(check.key, project);
  return {
    definitions: {
      ...combined(projects),
      assets,
      checks: Array.from(checks.values(), ({ project, check }) =>
        check.step === undefined ? check : { ...check, step: nameIn(project, check.step) },
      ).sort((a, b) => (a.key < b.key ? -1 : 1)),
    },
    projectOf: (key) => owners.get(key),
    contested,
    undefinedKeys,
  };
}

/** Whether somebody wrote it down: a dep alone has neither a component nor a place. */
export function isDefined({ component, codeReferences = [] }: Asset): boolean {
  return component !== undefined || codeReferences.length > 0;
}

interface Claim {
  readonly project: string;
  readonly asset: Asset;
}

function claimsByKey(projects: readonly NamedDefinitions[]): Map<AssetKey, Claim[]> {
  const all = projects.flatMap(({ name, definitions }) =>
    definitions.assets.map((asset): Claim => ({ project: name, asset })),
  );
  return Map.groupBy(all, ({ asset }) => asset.key);
}

function strength(asset: Asset): number {
  if (asset.materializable) return 3;
  if (asset.step !== undefined) return 2;
  return isDefined(asset) ? 1 : 0;
}

function checksByKey(
  projects: readonly NamedDefinitions[],
): Map<CheckKey, { readonly project: string; readonly check: AssetCheck }> {
  const checks = new Map<CheckKey, { project: string; check: AssetCheck }>();
  for (const { name, definitions } of projects)
    for (const check of definitions.checks)
      if (!checks.has(check.key)) checks.set(check.key, { project: name, check });
  return checks;
}

/** Projects may use the same names for different things; a name alone would tie them together. */
function nameIn(project: string, name: string): string {
  return `${project}:${name}`;
}

function combined(projects: readonly NamedDefinitions[]): Omit<SnapshotDefinitions, "assets" | "checks"> {
  const all = projects.map(({ definitions }) => definitions);
  return {
    steps: projects.flatMap(({ name, definitions }) =>
      definitions.steps.map((step) => ({
        ...step,
        name: nameIn(name, step.name),
        ...(step.graph === undefined ? {} : { graph: nameIn(name, step.graph) }),
      })),
    ),
    jobs: all.flatMap(({ jobs }) => jobs),
    schedules: all.flatMap(({ schedules }) => schedules),
    sensors: all.flatMap(({ sensors }) => sensors),
    resources: all.flatMap(({ resources }) => resources),
    pools: all.flatMap(({ pools }) => pools),
    ioManagers: all.flatMap(({ ioManagers }) => ioManagers),
    hooks: all.flatMap(({ hooks = [] }) => hooks),
    conditions: all.flatMap(({ conditions = [] }) => conditions),
    io: all[0]?.io ?? "",
  };
}
