import { Secret } from "../core/secret.ts";
import { Absent, absentEntry } from "./absent.ts";
import { MissingVariable, missingVariable } from "./environment-scope.ts";
import { methodsOf } from "./methods.ts";
import { isFloat, isMapping, isNull, itemsOf, lengthOf, ownEntry, typeName } from "./python-values.ts";
import { isScopeObject, scopeTable } from "./scope.ts";
import { keepingSecret } from "./secrets.ts";
import { TemplateError, templateError } from "./template-error.ts";

/** Names that are never there, whatever a value has under them. */
export const hiddenNames: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** What `target.key` gives: an own entry of data, an item, or what a scope object shows; nothing else is reachable. */
export function entryOf(target: unknown, key: string | number, label: string): unknown {
  if (
    typeof key === "number" &&
    (Array.isArray(target) || typeof target === "string" || target instanceof Secret)
  ) {
    const item = itemsOf(target).at(key);
    if (item !== undefined) return item;
    const message = `${label} has no item ${key}; it has ${lengthOf(target)}`;
    return new Absent(new TemplateError({ code: "undefined-name", message }));
  }
  const name = String(key);
  if (hiddenNames.has(name)) return absentEntry(label, name, []);
  if (isScopeObject(target)) {
    const table = target[scopeTable];
    return present(table.read(name), () => absentEntry(label, name, [...table.names()]));
  }
  if (isMapping(target)) {
    return present(ownEntry(target, name), () => absentEntry(label, name, Object.keys(target)));
  }
  if (target instanceof MissingVariable) throw missingVariable(target);
  if (isNull(target)) throw templateError(`${label} is null, so it has no \`${name}\``);
  if (methodsOf(target).has(name)) throw templateError(`\`${name}\` is a method`, `write \`${name}()\``);
  return absentEntry(label, name, []);
}

/** What `target[key]` gives. */
export function itemOf(target: unknown, key: unknown, label: string): unknown {
  if (isScopeObject(target)) {
    const { item } = target[scopeTable];
    if (item !== undefined) return item(key) ?? null;
  }
  if (target instanceof Secret) {
    return keepingSecret([target, key], ([text, index]) => presentEntry(text, index as number, label));
  }
  const plainKey = key instanceof Secret ? key.reveal() : isFloat(key) ? undefined : key;
  if (typeof plainKey !== "string" && typeof plainKey !== "number") {
    throw templateError(`${typeName(key)} can't be a key of ${label}`);
  }
  const found = entryOf(target, plainKey, label);
  // The message about a missing entry names the key, so a secret key gets a message of its own.
  return found instanceof Absent && key instanceof Secret
    ? new Absent(new TemplateError({ code: "undefined-name", message: `${label} has no such entry` }))
    : found;
}

/** Follows a dotted path, as the `attribute` of filters is one. Throws where an entry is not there. */
export function attributeAt(value: unknown, path: unknown): unknown {
  if (typeof path !== "string" && typeof path !== "number") {
    throw templateError(`an attribute is named by text, not by ${typeName(path)}`);
  }
  let found = value;
  for (const part of String(path).split(".")) {
    found = presentEntry(found, /^\d+$/.test(part) ? Number(part) : part, "the item");
  }
  return found;
}

function presentEntry(target: unknown, key: string | number, label: string): unknown {
  const found = entryOf(target, key, label);
  if (found instanceof Absent) throw found.error;
  return found;
}

function present(value: unknown, absent: () => Absent): unknown {
  return value === undefined ? absent() : value;
}
