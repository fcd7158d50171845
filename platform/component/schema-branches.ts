import { isPlainObject } from "../core/secret.ts";
import { attributeTypeKeyword } from "../define/attribute-type.ts";
import type { JsonSchema } from "./json-schema.ts";
import { MissingValue } from "./missing-value.ts";

/** Whether a value is that of a variable read as null and not set. */
export function isUnset(value: unknown): boolean {
  return value instanceof MissingValue && value.isNull;
}

/** Whether null is a value like any other. */
export function isOpen(schema: JsonSchema): boolean {
  const branches = schema.anyOf ?? schema.oneOf ?? [];
  if (branches.some((branch) => branch.type === "null")) return true;
  return Object.keys(schema).every(
    (key) => key === "description" || key === "title" || key === "default" || key.startsWith("~"),
  );
}

/** The schema of a key that is none of the named ones; `undefined` where there may be none. */
export function otherProperty(schema: JsonSchema, key: string): JsonSchema | undefined {
  for (const [pattern, property] of Object.entries(schema.patternProperties ?? {})) {
    if (pattern === "^.*$" || new RegExp(pattern, "u").test(key)) {
      return property.type === "string" ? { ...property, "x-dop-text": true } : property;
    }
  }
  const others = schema.additionalProperties;
  if (others === false) return undefined;
  if (others === undefined && schema.patternProperties !== undefined) return undefined;
  if (others === undefined || others === true) return {};
  return others.type === "string" ? { ...others, "x-dop-text": true } : others;
}

/** Whether a value is of the kind (mapping, list) that a branch of a union takes. */
export function fitsKind(branch: JsonSchema, value: unknown): boolean {
  if (branch[attributeTypeKeyword] !== undefined) return true;
  if (branch.type === "object" || branch.allOf !== undefined) return isPlainObject(value);
  if (branch.type === "array") return Array.isArray(value);
  return false;
}

interface MeantBranch {
  readonly chosen?: JsonSchema;
  readonly discriminator?: { readonly key: string; readonly values: readonly unknown[] };
}

/** The branch whose constant field the value repeats; else the field by which the branches differ. */
export function meantBranch(branches: readonly JsonSchema[], value: unknown): MeantBranch {
  const [first] = branches;
  if (first === undefined) return {};
  if (branches.length === 1) return { chosen: first };
  if (!isPlainObject(value)) return {};
  const constants = Object.keys(first.properties ?? {}).filter((key) =>
    branches.every((branch) => branch.properties?.[key] !== undefined && "const" in branch.properties[key]),
  );
  const [key] = constants;
  if (key === undefined) return {};
  const chosen = branches.find((branch) => branch.properties?.[key]?.const === value[key]);
  if (chosen !== undefined) return { chosen };
  return { discriminator: { key, values: branches.map((branch) => branch.properties?.[key]?.const) } };
}
