import type { CodeReference } from "../core/code-reference.ts";
import type { DefinitionsSnapshot, SnapshotDefinitions } from "../core/definitions-snapshot.ts";
import { type Comparable, changedFields, type FieldChange } from "./diff-fields.ts";
import { findRenames } from "./find-renames.ts";

export const changedKinds = [
  "asset",
  "check",
  "step",
  "job",
  "schedule",
  "sensor",
  "resource",
  "pool",
  "io_manager",
  "hook",
  "condition",
  "project",
] as const;
/** What can change; `project` stands for settings that concern all, such as the default IO manager. */
export type ChangedKind = (typeof changedKinds)[number];

export interface DefinitionChange {
  readonly kind: ChangedKind;
  /** Key or name. */
  readonly key: string;
  readonly change: "added" | "removed" | "changed";
  /** Where it is defined now, or was. */
  readonly place?: CodeReference;
  /** Of a changed one, the fields that differ. */
  readonly fields: readonly FieldChange[];
  /** Of an added asset, the removed one that it was probably made from. */
  readonly looksLikeRenameOf?: string;
}

/** What a change of the files changes about the definitions. A definition that only moved is not in it. */
export interface SnapshotDiff {
  readonly before: string;
  readonly after: string;
  readonly changes: readonly DefinitionChange[];
}

/** Compares two snapshots; changes come by kind and then by key. */
export function diffSnapshots(before: DefinitionsSnapshot, after: DefinitionsSnapshot): SnapshotDiff {
  const changes =
    before.id === after.id
      ? []
      : changedKinds.flatMap((kind) => diffKind(kind, before.definitions, after.definitions));
  return {
    before: before.id,
    after: after.id,
    changes: markRenames(changes, before.definitions, after.definitions),
  };
}

/** How many of each; zero for what does not occur. */
export function countChanges({ changes }: SnapshotDiff): {
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
} {
  const count = (change: DefinitionChange["change"]): number =>
    changes.filter((one) => one.change === change).length;
  return { added: count("added"), removed: count("removed"), changed: count("changed") };
}

// Checks of an asset are told as checks; assets and checks of a step by their own `step`.
const places = ["codeReferences", "origins", "component", "key", "name"];
const leftOut: { readonly [Kind in ChangedKind]?: readonly string[] } = {
  asset: ["checks"],
  check: ["asset"],
  step: ["assets", "checks"],
};

function diffKind(
  kind: ChangedKind,
  before: SnapshotDefinitions,
  after: SnapshotDefinitions,
): DefinitionChange[] {
  const [was, is] = [definitionsOf(kind, before), definitionsOf(kind, after)];
  const leaveOut = new Set([...places, ...(leftOut[kind] ?? [])]);
  return [...new Set([...was.keys(), ...is.keys()])].sort().flatMap((key): DefinitionChange[] => {
    const [old, now] = [was.get(key), is.get(key)];
    const place = (now ?? old)?.codeReferences?.[0];
    const header = { kind, key, ...(place === undefined ? {} : { place }) };
    if (old !== undefined && now !== undefined) {
      const fields = changedFields(old, now, leaveOut);
      return fields.length === 0 ? [] : [{ ...header, change: "changed", fields }];
    }
    // A step comes and goes with its assets and checks, which are told.
    if (kind === "step" && hasOutcome((old ?? now) as Comparable)) return [];
    return [{ ...header, change: old === undefined ? "added" : "removed", fields: [] }];
  });
}

function hasOutcome({ assets, checks }: Comparable): boolean {
  return [assets, checks].some((list) => Array.isArray(list) && list.length > 0);
}

function definitionsOf(kind: ChangedKind, definitions: SnapshotDefinitions): Map<string, Comparable> {
  const { io, keyPrefix } = definitions;
  const lists: { readonly [Kind in ChangedKind]: readonly object[] } = {
    asset: definitions.assets,
    check: definitions.checks,
    step: definitions.steps,
    job: definitions.jobs,
    schedule: definitions.schedules,
    sensor: definitions.sensors,
    resource: definitions.resources,
    pool: definitions.pools,
    io_manager: definitions.ioManagers,
    hook: definitions.hooks ?? [],
    condition: definitions.conditions ?? [],
    project: [{ name: "project", io, ...(keyPrefix === undefined ? {} : { keyPrefix }) }],
  };
  return new Map(
    (lists[kind] as readonly Comparable[]).map((one) => [String(one["key"] ?? one["name"]), one]),
  );
}

function markRenames(
  changes: readonly DefinitionChange[],
  before: SnapshotDefinitions,
  after: SnapshotDefinitions,
): DefinitionChange[] {
  const keysOf = (change: DefinitionChange["change"]): Set<string> =>
    new Set(changes.filter((one) => one.kind === "asset" && one.change === change).map(({ key }) => key));
  const [removed, added] = [keysOf("removed"), keysOf("added")];
  const renames = findRenames(
    before.assets.filter(({ key }) => removed.has(key)),
    after.assets.filter(({ key }) => added.has(key)),
  );
  return changes.map((change) => {
    const old = change.kind === "asset" && change.change === "added" ? renames.get(change.key) : undefined;
    return old === undefined ? change : { ...change, looksLikeRenameOf: old };
  });
}
