import { Secret } from "../core/secret.ts";
import { attributeTypeKeyword, attributeTypeNamed } from "../define/attribute-type.ts";

/** The part of JSON Schema that attributes are read by. */
export interface JsonSchema {
  readonly type?: string;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly patternProperties?: { readonly [pattern: string]: JsonSchema };
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly uniqueItems?: boolean;
  readonly $defs?: { readonly [name: string]: JsonSchema };
  readonly $ref?: string;
  readonly description?: string;
  readonly [attributeTypeKeyword]?: string;
  readonly "x-dop-deferred"?: boolean;
  /** A value of a mapping of texts, in which plain numbers and booleans count as text. */
  readonly "x-dop-text"?: boolean;
}

const merged = new WeakMap<object, JsonSchema>();

/** The parts of `allOf` as one object schema. */
export function mergedSchema(schema: JsonSchema): JsonSchema {
  let found = merged.get(schema);
  if (found === undefined) {
    const { allOf = [], ...own } = schema;
    const parts = [...allOf.map((part) => (part.allOf === undefined ? part : mergedSchema(part))), own];
    const open = parts.some((part) => part.additionalProperties !== false && part.properties !== undefined);
    found = {
      ...Object.assign({}, ...parts),
      properties: Object.assign({}, ...parts.map((part) => part.properties ?? {})),
      required: [...new Set(parts.flatMap((part) => part.required ?? []))],
      ...(open ? {} : { additionalProperties: false }),
    } as JsonSchema;
    if (parts.every((part) => part.type !== "object")) found = { ...own, ...(allOf[0] ?? {}) };
    merged.set(schema, found);
  }
  return found;
}

const deferredHolders = new WeakMap<object, boolean>();

/** Whether a schema marks anything as deferred. */
export function holdsDeferredSchema(schema: JsonSchema): boolean {
  let holds = deferredHolders.get(schema);
  if (holds === undefined) {
    holds = JSON.stringify(schema).includes('"x-dop-deferred"');
    deferredHolders.set(schema, holds);
  }
  return holds;
}

/** The schema of one entry; of a union, the branch that knows the entry and fits the value's constants best. */
export function childSchema(
  schema: JsonSchema,
  part: string | number,
  value: unknown,
): JsonSchema | undefined {
  if (typeof part === "number") {
    const { items } = schema;
    if (items !== undefined)
      return Array.isArray(items) ? (items[part] as JsonSchema | undefined) : (items as JsonSchema);
  } else {
    const own = schema.properties?.[part];
    if (own !== undefined) return own;
    const others = Object.values(schema.patternProperties ?? {})[0] ?? schema.additionalProperties;
    if (typeof others === "object") return others;
  }
  const branches = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  const fitting = branches.filter((branch) => constantsFit(branch, value));
  for (const branch of [...fitting, ...branches]) {
    const found = childSchema(branch, part, value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function constantsFit(schema: JsonSchema, value: unknown): boolean {
  return Object.entries(schema.properties ?? {}).every(
    ([key, property]) =>
      !("const" in property) || (value as { [key: string]: unknown })[key] === property.const,
  );
}

const typeWords: { readonly [type: string]: string } = {
  object: "a mapping",
  array: "a list",
  string: "text",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  null: "nothing",
};

/** What a schema expects, in a few words. */
export function schemaWords(schema: JsonSchema): string {
  const typeName = schema[attributeTypeKeyword];
  if (typeName !== undefined)
    return `a${/^[aeiou]/.test(typeName) ? "n" : ""} ${attributeTypeNamed(typeName).name.replaceAll("-", " ")}`;
  if ("const" in schema) return `\`${String(schema.const)}\``;
  if (schema.enum !== undefined)
    return `one of ${schema.enum.map((item) => `\`${String(item)}\``).join(", ")}`;
  if (schema.allOf !== undefined) return "a mapping";
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches !== undefined) return branches.map(schemaWords).join(" or ");
  return typeWords[schema.type ?? ""] ?? "a value";
}

/** A value as messages show it; never the text of a secret. */
export function valueWords(value: unknown): string {
  if (value instanceof Secret) return "a secret";
  if (value === null) return "nothing (null)";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object") return Object.keys(value).length === 0 ? "an empty mapping" : "a mapping";
  if (typeof value === "string")
    return value.length > 60 ? `the text "${value.slice(0, 57)}…"` : `the text "${value}"`;
  return `\`${String(value)}\``;
}
