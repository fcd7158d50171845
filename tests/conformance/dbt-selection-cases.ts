import { createHash } from "node:crypto";
import { selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { NodeSelectionError } from "../../lib/dbt/selection/selection-error.ts";
import type { SelectionState } from "../../lib/dbt/selection/selection-state.ts";
import { type IndirectSelection, indirectSelections } from "../../lib/dbt/selection/selection-tree.ts";
import { type Answer, type DbtCase, type Fields, onlyKnown } from "./dbt-case.ts";
import type { DbtFiles } from "./dbt-files.ts";

/** Errors of dbt that mean a refused selection. */
const refusals = ["DbtRuntimeError", "InvalidSelectorError"];

export function selectionAnswer({ manifest, input, expect }: DbtCase, files: DbtFiles): Answer {
  onlyKnown(input, ["select", "exclude", "selector", "indirect_selection", "state"]);
  const chosen = chosenIds(manifest, input, files);
  return (field) => {
    if (field === "error") return "refused" in chosen;
    if ("refused" in chosen) return refusalField(field, chosen.refused, expect[field]);
    return idsField(field, chosen.ids, expect[field]);
  };
}

export function sha256OfLines(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex");
}

type Chosen = { readonly ids: readonly string[] } | { readonly refused: NodeSelectionError };

function chosenIds(manifest: string, input: Fields, files: DbtFiles): Chosen {
  const text = (field: string): object =>
    input[field] === undefined ? {} : { [field]: String(input[field]) };
  const selection = { ...text("select"), ...text("exclude"), ...text("selector") };
  try {
    const { ids } = selectNodes(files.manifest(manifest), {
      ...selection,
      indirectSelection: indirectOf(input["indirect_selection"]),
      state: stateOf(input["state"], files),
    });
    return { ids: [...ids].sort() };
  } catch (error) {
    if (error instanceof NodeSelectionError) return { refused: error };
    throw error;
  }
}

/** Wording is ours. */
function refusalField(field: string, error: NodeSelectionError, wanted: unknown): unknown {
  if (field === "error_type") return refusals.includes(String(wanted)) ? wanted : error.name;
  if (field === "message_contains") return error.message === "" ? "" : wanted;
  throw new Error(`unknown expectation ${field} of ${error.message}`);
}

function idsField(field: string, ids: readonly string[], wanted: unknown): unknown {
  const sampleSize = Array.isArray(wanted) ? wanted.length : 0;
  switch (field) {
    case "count":
      return ids.length;
    case "unique_ids":
      return ids;
    case "sample_first":
      return ids.slice(0, sampleSize);
    case "sample_last":
      return ids.slice(-sampleSize);
    case "sha256_sorted_newline":
      return sha256OfLines(ids);
    case "by_resource_type":
      return Object.fromEntries(
        Map.groupBy(ids, (id) => id.slice(0, id.indexOf(".")))
          .entries()
          .map(([type, { length }]) => [type, length]),
      );
    case "error_type":
    case "message_contains":
      return `${ids.length} nodes`;
    default:
      throw new Error(`unknown expectation ${field}`);
  }
}

function indirectOf(written: unknown): IndirectSelection {
  const mode = indirectSelections.find((known) => known === (written ?? "eager"));
  if (mode === undefined) throw new Error(`unknown indirect selection ${String(written)}`);
  return mode;
}

function stateOf(written: unknown, files: DbtFiles): SelectionState {
  const state = (written ?? {}) as { readonly [file: string]: string };
  onlyKnown(state, ["manifest.json", "run_results.json"]);
  const { "manifest.json": manifest, "run_results.json": results } = state;
  return {
    ...(manifest === undefined ? {} : { manifest: files.manifest(manifest) }),
    ...(results === undefined ? {} : { runResults: files.runResults(results).results }),
  };
}
