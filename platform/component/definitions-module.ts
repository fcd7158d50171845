import { type AssetKey, checkKey } from "../core/asset-key.ts";
import type { CodeReference } from "../core/code-reference.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import { type Definitions, joinDefinitions } from "../define/definitions.ts";
import { exportedDefinitions } from "./exported-definitions.ts";
import { type ModuleExports, placeOfError } from "./import-module.ts";
import { emptySpecs, specsOf, wrongNames } from "./loaded-specs.ts";
import { problemAt } from "./make-problem.ts";

export interface ModuleToLoad {
  readonly file: string;
  readonly name: string;
  readonly text: string;
  readonly root: string;
  readonly module: { readonly exports: ModuleExports } | { readonly error: unknown };
}

export interface LoadedModule {
  readonly loaded: Omit<LoadedComponent, "hash">;
  readonly problems: readonly Problem[];
  /** Absent where the module exports none. */
  readonly definitions?: Required<Definitions>;
}

/** The definitions that a TypeScript module exports, each with the line of its export. */
export function loadDefinitionsModule({ file, name, text, root, module }: ModuleToLoad): LoadedModule {
  const folder = file.includes("/") ? file.slice(0, file.lastIndexOf("/")) : ".";
  const base = {
    file,
    document: 1,
    type: "typescript",
    name,
    folder,
    line: 1,
    enabled: true,
    needs: [],
    tools: [],
    variables: [],
    patches: [],
  };
  if ("error" in module) {
    const place = placeOfError(module.error, root);
    const start = place === undefined ? startOf(file).start : { line: place.line, column: place.column };
    const message = module.error instanceof Error ? module.error.message : String(module.error);
    const problem = problemAt(
      { file: place?.file ?? file, start, end: start },
      "definitions-module-failed",
      `${file} cannot be imported: ${message}`,
    );
    return { loaded: { ...base, status: "quarantined", specs: emptySpecs }, problems: [problem] };
  }
  const found = exportedDefinitions(module.exports);
  if (found.length === 0) return { loaded: { ...base, status: "ready", specs: emptySpecs }, problems: [] };
  const lines = exportLines(text);
  const places = new Map<string, CodeReference>();
  for (const { exportName, definitions } of found) {
    const place = { file, line: lines.get(exportName) ?? 1 };
    for (const key of keysOf(definitions)) if (!places.has(key)) places.set(key, place);
  }
  const definitions = joinDefinitions(found.map((part) => part.definitions));
  const specs = specsOf(definitions, (key) => places.get(key) ?? { file, line: 1 });
  const problems = wrongNames(specs).map(({ code, message }) => problemAt(startOf(file), code, message));
  const isWrong = problems.length > 0;
  return {
    loaded: {
      ...base,
      status: isWrong ? "quarantined" : "ready",
      specs: isWrong ? emptySpecs : specs,
      patches: definitions.patches,
    },
    problems,
    definitions,
  };
}

function keysOf(definitions: Definitions): string[] {
  return [
    ...(definitions.assets ?? []).map(({ key }) => key as string),
    ...(definitions.checks ?? []).map(({ asset, name }) => checkKey(asset as AssetKey, name) as string),
    ...(definitions.resources ?? []).map(({ spec }) => spec.key),
    ...(definitions.hooks ?? []).map(({ spec }) => spec.name),
    ...(definitions.jobs ?? []).map(({ name }) => name),
    ...(definitions.schedules ?? []).map(({ name }) => name),
    ...(definitions.sensors ?? []).map(({ name }) => name),
    ...(definitions.conditions ?? []).map(({ spec }) => spec.name),
  ];
}

/** Line of each export of a module, by its name. */
function exportLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  text.split("\n").forEach((line, index) => {
    const direct = /^\s*export\s+(?:const|let|var|async\s+function|function|class)\s+([A-Za-z_$][\w$]*)/.exec(
      line,
    )?.[1];
    if (direct !== undefined) lines.set(direct, index + 1);
    if (/^\s*export\s+default\b/.test(line)) lines.set("default", index + 1);
  });
  for (const [, inner = ""] of text.matchAll(/export\s*\{([^}]*)\}/g)) {
    for (const item of inner.split(",")) {
      const match = /^\s*([A-Za-z_$][\w$]*)(?:\s+as\s+([A-Za-z_$][\w$]*))?\s*$/.exec(item);
      if (match === null) continue;
      const declared = text
        .split("\n")
        .findIndex((line) => new RegExp(`^\\s*(?:const|let|function|class)\\s+${match[1]}\\b`).test(line));
      if (declared >= 0) lines.set(match[2] ?? (match[1] as string), declared + 1);
    }
  }
  return lines;
}
