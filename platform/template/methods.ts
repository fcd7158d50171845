import { entriesOf, equal, isMapping, ownEntry } from "./python-values.ts";
import { type Operation, operation } from "./signature.ts";
import { templateError } from "./template-error.ts";
import { textMethods } from "./text-methods.ts";

const listMethods: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    index: operation("value", (runtime, list: readonly unknown[], value: unknown) => {
      runtime.spend(list.length);
      const position = list.findIndex((item) => equal(item, value));
      if (position === -1) throw templateError("the value is not in the list");
      return position;
    }),
    count: operation("value", (runtime, list: readonly unknown[], value: unknown) => {
      runtime.spend(list.length);
      return list.filter((item) => equal(item, value)).length;
    }),
  }),
);

const mappingMethods: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    get: operation(
      "key default?",
      (_, mapping: Record<string, unknown>, key: unknown, fallback: unknown = null) => {
        const found = typeof key === "string" ? ownEntry(mapping, key) : undefined;
        return found === undefined ? fallback : found;
      },
      { secrecy: "move" },
    ),
    keys: operation("", (_, mapping: object) => entriesOf(mapping).map(([key]) => key), { secrecy: "move" }),
    values: operation("", (_, mapping: object) => entriesOf(mapping).map(([, value]) => value), {
      secrecy: "move",
    }),
    items: operation("", (_, mapping: object) => entriesOf(mapping), { secrecy: "move" }),
  }),
);

const noMethods: ReadonlyMap<string, Operation> = new Map();

/** The methods that a value of the language has; none for numbers, null and objects that only pass through. */
export function methodsOf(value: unknown): ReadonlyMap<string, Operation> {
  if (typeof value === "string") return textMethods;
  if (Array.isArray(value)) return listMethods;
  return isMapping(value) ? mappingMethods : noMethods;
}
