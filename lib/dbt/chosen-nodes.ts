import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ComponentContext } from "#platform";
import { parseRunResults, parseSourceResults } from "./artifacts.ts";
import { type LoadedNodes, selectionWords } from "./load-manifest.ts";
import type { LoadSettings } from "./load-settings.ts";
import { type DbtManifest, type DbtNode, isBuilt } from "./manifest.ts";
import type { RunSettings } from "./run-settings-schema.ts";
import { type NodeSelection, selectNodes } from "./selection/select-nodes.ts";
import { NodeSelectionError } from "./selection/selection-error.ts";
import type { SelectionState } from "./selection/selection-state.ts";
import { sharedManifest } from "./shared-manifest.ts";

type Settings = LoadSettings & Pick<RunSettings, "state">;

/** unique_ids of the nodes that the component's selection chooses; `undefined` for one that dbt would refuse. */
export function chosenNodes(
  context: ComponentContext,
  { manifest, listed }: LoadedNodes,
  settings: Settings,
): ReadonlySet<string> | undefined {
  const isWritten = selectionWords(settings).length > 0;
  // What a file lists is everything, unless it is narrowed down here.
  if (listed !== undefined && (settings.load === "ls" || !isWritten)) return listed;
  const chosen = selected(context, manifest, settings);
  if (chosen === undefined || listed === undefined) return chosen;
  return chosen.intersection(listed);
}

/** Keys that `deps` adds, by unique_id; what chooses no node that is built is a problem. */
export function addedDeps<Key>(
  context: ComponentContext,
  manifest: DbtManifest,
  deps: { readonly [selection: string]: readonly Key[] },
): Map<string, readonly Key[]> {
  const added = new Map<string, readonly Key[]>();
  for (const [text, keys] of Object.entries(deps)) {
    const known = manifest.nodes.has(text) ? [text] : [...idsOf(context, manifest, text)];
    const built = known.filter((id) => isBuilt(manifest.nodes.get(id) as DbtNode));
    for (const id of built) added.set(id, [...(added.get(id) ?? []), ...keys]);
    if (built.length > 0) continue;
    context.report(["deps", text], {
      code: "empty-selection",
      message: `\`${text}\` chooses no model, seed or snapshot of the dbt project`,
      hint: "name a node by its unique_id, such as `model.shop.orders`, or select some as for `dbt --select`",
    });
  }
  return added;
}

function idsOf(context: ComponentContext, manifest: DbtManifest, text: string): ReadonlySet<string> {
  try {
    return selectNodes(manifest, { select: text, indirectSelection: "empty" }).ids;
  } catch (error) {
    if (!(error instanceof NodeSelectionError)) throw error;
    reportRefused(context, ["deps", text], error);
    return new Set();
  }
}

function selected(
  context: ComponentContext,
  manifest: DbtManifest,
  settings: Settings,
): ReadonlySet<string> | undefined {
  const { select, exclude, selector, indirect_selection: indirect, state } = settings;
  const selection: NodeSelection = {
    ...(isEmpty(select) ? {} : { select: select as string }),
    ...(isEmpty(exclude) ? {} : { exclude: exclude as string }),
    ...(selector === undefined ? {} : { selector }),
    ...(indirect === undefined ? {} : { indirectSelection: indirect }),
    ...(state === undefined ? {} : { state: stateOf(context, { folder: state, project: settings.project }) }),
  };
  try {
    const { ids, unmatched } = selectNodes(manifest, selection);
    for (const criterion of unmatched) {
      const isSelected = [select ?? ""].flat().some((text) => text.includes(criterion));
      context.report([selector === undefined ? (isSelected ? "select" : "exclude") : "selector"], {
        code: "empty-selection",
        severity: "warning",
        message: `\`${criterion}\` chooses no node of the dbt project`,
      });
    }
    return ids;
  } catch (error) {
    if (!(error instanceof NodeSelectionError)) throw error;
    reportRefused(context, [error.place?.of ?? (selector === undefined ? "select" : "selector")], error);
    return undefined;
  }
}

function isEmpty(written: string | readonly string[] | undefined): boolean {
  return [written ?? []].flat().every((text) => text.trim() === "");
}

function reportRefused(
  context: ComponentContext,
  path: readonly string[],
  { message, hint, place }: NodeSelectionError,
): void {
  context.report(path, {
    code: "invalid-selection",
    message: place === undefined ? message : `${message} (character ${place.start + 1})`,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** The artifacts of an earlier run that are there; a selection that lacks one says so itself. */
function stateOf(
  context: ComponentContext,
  { folder, project }: { readonly folder: string; readonly project: string },
): SelectionState {
  const read = <T extends object>(
    path: string,
    parse: (absolute: string) => T | { readonly reason: string },
  ): T | undefined => {
    if (!context.exists(path)) return undefined;
    const parsed = parse(context.resolvePath(path));
    if (!("reason" in parsed)) return parsed;
    context.report(["state"], {
      code: "invalid-attribute-value",
      message: `${path} ${(parsed as { reason: string }).reason}`,
    });
    return undefined;
  };
  const manifest = read(`${folder}/manifest.json`, sharedManifest);
  const results = read(`${folder}/run_results.json`, (file) => parseRunResults(readFileSync(file, "utf8")));
  const sources = read(`${folder}/sources.json`, (file) => parseSourceResults(readFileSync(file, "utf8")));
  const current = read(join(project, "target/sources.json"), (file) =>
    existsSync(file) ? parseSourceResults(readFileSync(file, "utf8")) : { reason: "is gone" },
  );
  return {
    ...(manifest === undefined ? {} : { manifest }),
    ...(results === undefined ? {} : { runResults: results.results }),
    ...(sources === undefined ? {} : { sources }),
    ...(current === undefined ? {} : { currentSources: current }),
  };
}

/** The selection in dbt's words, for a run of everything; empty where it can't be said in them. */
export function wholeSelection(
  { select, exclude, selector, indirect_selection: indirect = "eager" }: Settings,
  { selectors }: Pick<DbtManifest, "selectors">,
): { readonly select?: string; readonly exclude?: string; readonly selector?: string } {
  if (indirect !== "eager") return {};
  if (selector !== undefined) return { selector };
  if (isEmpty(select) && isEmpty(exclude) && selectors.size > 0) return {};
  return {
    select: isEmpty(select) ? "fqn:*" : [select ?? []].flat().join(" "),
    ...(isEmpty(exclude) ? {} : { exclude: [exclude ?? []].flat().join(" ") }),
  };
}
