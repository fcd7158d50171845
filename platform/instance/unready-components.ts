import type { AssetKey } from "../core/asset-key.ts";
import {
  type ComponentRecord,
  type ComponentStatus,
  type DefinitionsSnapshot,
  sameComponent,
} from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import { problemsByComponent } from "./component-view.ts";
import { DefinitionsError } from "./definitions-error.ts";
import { InstanceError } from "./instance-error.ts";
import { hintForNothing } from "./select-keys.ts";

/**
 * Throws DefinitionsError with the problems of those components that the chosen assets and steps need and that cannot
 * run, and nobody else's. Where nothing was chosen, a quarantined component may be why: then its problems are told.
 */
export function refuseUnready(
  snapshot: DefinitionsSnapshot,
  {
    selection,
    keys,
    steps,
  }: { readonly selection: string; readonly keys: readonly AssetKey[]; readonly steps: readonly string[] },
): void {
  const chosen = new Set<string>(keys);
  const makers = [
    ...snapshot.definitions.assets.filter(({ key }) => chosen.has(key)),
    ...snapshot.definitions.steps.filter(({ name }) => steps.includes(name)),
  ].flatMap(({ component }) => component ?? []);
  const needed = snapshot.components.filter(
    (component) =>
      component.status !== "ready" &&
      (component.assets.some((key) => chosen.has(key) || mentions(selection, key)) ||
        makers.some((maker) => sameComponent(maker, component))),
  );
  if (needed.length > 0) throw new DefinitionsError(problemsOf(snapshot, needed));
  if (keys.length > 0 || steps.length > 0) return;
  const hint = hintForNothing(snapshot, selection) ?? quarantineHint(snapshot);
  throw new InstanceError("nothing-selected", `\`${selection}\` selects no asset`, hint);
}

/** Where what is looked for may be defined after all. */
export function quarantineHint({ components }: DefinitionsSnapshot): string | undefined {
  const quarantined = components.filter(({ status }) => status === "quarantined");
  if (quarantined.length === 0) return undefined;
  const places = quarantined.slice(0, 5).map(({ file, line }) => `${file}:${line}`);
  return `components with problems are left out: ${places.join(", ")}${quarantined.length > 5 ? ", …" : ""}`;
}

/** Those of the chosen assets whose component can run; an asset without a component is not made here anyway. */
export function readyKeys(
  { components, definitions }: DefinitionsSnapshot,
  keys: readonly AssetKey[],
): AssetKey[] {
  const unready = components.filter(({ status }) => status !== "ready");
  const left = new Set<string>(
    definitions.assets
      .filter(
        ({ component }) => component !== undefined && unready.some((one) => sameComponent(one, component)),
      )
      .map(({ key }) => key),
  );
  return keys.filter((key) => !left.has(key));
}

/** A quarantined component's assets are in no graph; they are known by what was asked for. */
function mentions(selection: string, key: string): boolean {
  return selection.split(/[^\w/.:-]+/).includes(key);
}

function problemsOf(snapshot: DefinitionsSnapshot, components: readonly ComponentRecord[]): Problem[] {
  const found = problemsByComponent(snapshot);
  return components.flatMap((component) => {
    const own = found.get(component) ?? [];
    const telling = own.filter(
      (problem) => problem.severity === "error" || problem.code === "missing-variable",
    );
    return telling.length > 0 ? telling : [notReady(component)];
  });
}

const ways: { readonly [status in ComponentStatus]?: string } = {
  needs_credentials: "set what is missing, for example in .env",
  needs_tool: "install it, or put it into .venv/bin",
  needs_lock: "write lock.yaml beside it: `dop problem invalid-lock` shows its form",
};

/** What keeps a component from running where no file is at fault. */
function notReady({ file, line, type, status, needs }: ComponentRecord): Problem {
  const place = { line, column: 1 };
  const hint = ways[status];
  return {
    code: "component-not-ready",
    severity: "error",
    message: `${type} cannot run: it needs ${needs.length === 0 ? status.replace("needs_", "") : needs.join(", ")}`,
    span: { file, start: place, end: place },
    related: [],
    ...(hint === undefined ? {} : { hint }),
  };
}
