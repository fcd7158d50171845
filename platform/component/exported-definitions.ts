import type { Definitions } from "../define/definitions.ts";
import { definitionsOf } from "../define/definitions-of.ts";
import type { ModuleExports } from "./import-module.ts";

export interface ExportedDefinitions {
  readonly exportName: string;
  readonly definitions: Definitions;
}

/** All that the words of `define` make, definitions, and lists of them; a value exported twice counts once. */
export function exportedDefinitions(exports: ModuleExports): ExportedDefinitions[] {
  const seen = new Set<unknown>();
  const found: ExportedDefinitions[] = [];
  const add = (exportName: string, value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) add(exportName, item);
      return;
    }
    const definitions = definitionsOf(value);
    if (definitions === undefined || seen.has(value)) return;
    seen.add(value);
    found.push({ exportName, definitions });
  };
  for (const [exportName, value] of Object.entries(exports)) add(exportName, value);
  return found;
}
