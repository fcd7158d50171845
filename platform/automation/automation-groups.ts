import {
  type DefinitionsSnapshot,
  type SnapshotDefinitions,
  sameComponent,
} from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";
import type { SelectionSet } from "./selection-set.ts";

/** The automation group of all conditions that no other group has. */
export const defaultGroup: SensorSpec = {
  name: "automation",
  kind: "automation",
  description: "Conditions of assets and checks that no other group evaluates",
  minimumIntervalSeconds: 1,
  defaultStatus: "running",
};

/** Those that the definitions name, and the default one unless they name another so. */
export function automationGroups({ sensors }: Pick<SnapshotDefinitions, "sensors">): readonly SensorSpec[] {
  const named = sensors.filter(({ kind }) => kind === "automation");
  return named.some(({ name }) => name === defaultGroup.name) ? named : [...named, defaultGroup];
}

/** Whom each group evaluates. */
export interface GroupMembers {
  readonly spec: SensorSpec;
  readonly members: SelectionSet;
}

/**
 * Assets and checks of each group that can run: those that its selection names, and of one without a selection all
 * that no other names. A selection that means nothing now is told, and its group has nobody.
 */
export function groupMembers(
  snapshot: DefinitionsSnapshot,
  {
    select,
    onError,
  }: { select(text: string): ReadonlySet<string>; onError(error: unknown, group: string): void },
): GroupMembers[] {
  const canRun = entitiesThatCanRun(snapshot);
  const specs = automationGroups(snapshot.definitions);
  const ofNamed = new Map<SensorSpec, Members>();
  for (const spec of specs) {
    if (spec.target === undefined) continue;
    try {
      ofNamed.set(spec, membersOf(spec, select));
    } catch (error) {
      onError(error, spec.name);
      ofNamed.set(spec, () => false);
    }
  }
  const named = [...ofNamed.values()];
  return specs.map((spec) => {
    const own = ofNamed.get(spec);
    const has = own ?? ((key: string) => !named.some((members) => members(key)));
    return { spec, members: { has: (key) => canRun.has(key) && has(key) } };
  });
}

type Members = (key: string) => boolean;

/** Assets that the group's selection names, with their checks. */
function membersOf({ target }: SensorSpec, select: (text: string) => ReadonlySet<string>): Members {
  if (target === undefined || !("selection" in target)) return () => false;
  const chosen = select(target.selection);
  return (key) => chosen.has(key) || chosen.has(key.slice(0, key.lastIndexOf(":")));
}

/** Assets and checks whose component can run, or that need none. */
function entitiesThatCanRun({ components, definitions }: DefinitionsSnapshot): ReadonlySet<string> {
  const unready = components.filter(({ status }) => status !== "ready");
  return new Set(
    [...definitions.assets, ...definitions.checks]
      .filter(
        ({ component }) => component === undefined || !unready.some((one) => sameComponent(one, component)),
      )
      .map(({ key }) => key as string),
  );
}
