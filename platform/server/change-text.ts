import { canonicalJson } from "../core/canonical-json.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";

/** `12 assets, 4 components (1 quarantined), 2 problems`. */
export function summaryText({ definitions, components, problems }: DefinitionsSnapshot): string {
  const held = Object.entries(Object.groupBy(components, ({ status }) => status))
    .filter(([status]) => status !== "ready")
    .map(([status, those]) => `${those.length} ${status.replaceAll("_", " ")}`);
  const errors = problems.filter(({ severity }) => severity === "error").length;
  return [
    counted(definitions.assets.length, "asset"),
    `${counted(components.length, "component")}${held.length === 0 ? "" : ` (${held.join(", ")})`}`,
    problems.length === 0
      ? "no problems"
      : `${counted(errors, "error")}, ${counted(problems.length - errors, "warning")}`,
  ].join(", ");
}

/** `2 assets changed, 1 job added`; places and comments are no change. */
export function changeText(before: DefinitionsSnapshot, after: DefinitionsSnapshot): string {
  const parts = kinds.flatMap(([noun, list, name]) =>
    changes(
      new Map(before.definitions[list].map((item) => [nameOf(item, name), settled(item)])),
      new Map(after.definitions[list].map((item) => [nameOf(item, name), settled(item)])),
      noun,
    ),
  );
  const text = parts.length === 0 ? "no definition changed" : parts.join(", ");
  const errors = after.problems.filter(({ severity }) => severity === "error").length;
  return errors === 0 ? text : `${text}; ${counted(errors, "error")}`;
}

const kinds = [
  ["asset", "assets", "key"],
  ["check", "checks", "key"],
  ["job", "jobs", "name"],
  ["schedule", "schedules", "name"],
  ["sensor", "sensors", "name"],
  ["resource", "resources", "key"],
] as const;

function changes(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
  noun: string,
): string[] {
  const added = [...after.keys()].filter((name) => !before.has(name)).length;
  const removed = [...before.keys()].filter((name) => !after.has(name)).length;
  const changed = [...after].filter(([name, text]) => (before.get(name) ?? text) !== text).length;
  const told: [number, string][] = [
    [changed, "changed"],
    [added, "added"],
    [removed, "removed"],
  ];
  return told.filter(([count]) => count > 0).map(([count, what]) => `${counted(count, noun)} ${what}`);
}

function nameOf(item: object, name: string): string {
  return String((item as { readonly [field: string]: unknown })[name]);
}

/** What is compared: all but where it was written. */
function settled(item: object): string {
  return canonicalJson({ ...item, codeReferences: undefined, origins: undefined, component: undefined });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
