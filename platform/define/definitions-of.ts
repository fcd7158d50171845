import { isPlainObject } from "../core/secret.ts";
import { type Definitions, definitionsMark, joinDefinitions } from "./definitions.ts";
import { isHookDefinition } from "./hook.ts";
import { isIoManagerDefinition } from "./io-manager.ts";
import { isResourceDefinition } from "./resource.ts";

/** What a module may export, or a list of it: anything that the words of this floor make, or plain definitions. */
export type Definable = object | readonly Definable[];

/**
 * Puts definitions together in one value that a module exports: for those that are made in a loop, or chosen by what
 * the code knows. Throws TypeError for a value that defines nothing.
 */
export function definitions(...parts: readonly Definable[]): Definitions {
  const found = parts.flat(Number.POSITIVE_INFINITY as 1).map((part) => {
    const one = definitionsOf(part);
    if (one === undefined)
      throw new TypeError("an op or graph defines nothing by itself: give it a job or an asset");
    return one;
  });
  return { ...joinDefinitions(found), [definitionsMark]: true } as Definitions;
}

const lists: ReadonlySet<string> = new Set(Object.keys(joinDefinitions([])));

/** What a single value defines; `undefined` for one that defines nothing, such as an op that no job runs. */
export function definitionsOf(value: unknown): Definitions | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (definitionsMark in value) return value as Definitions;
  if (isResourceDefinition(value)) return { resources: [value] };
  if (isIoManagerDefinition(value)) return { ioManagers: [value] };
  if (isHookDefinition(value)) return { hooks: [value] };
  if (!isPlainObject(value)) return undefined;
  const entries = Object.entries(value);
  const isPlain = entries.length > 0 && entries.every(([key, item]) => lists.has(key) && Array.isArray(item));
  return isPlain ? (value as Definitions) : undefined;
}
