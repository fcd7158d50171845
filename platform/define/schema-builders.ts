import type { Type as Typebox } from "typebox";

type BuilderName =
  | "Any"
  | "Array"
  | "Boolean"
  | "Enum"
  | "Integer"
  | "Literal"
  | "Null"
  | "Number"
  | "Object"
  | "Optional"
  | "Record"
  | "String"
  | "Union"
  | "Unknown"
  | "Unsafe";

type Fields = { readonly [name: string]: unknown };

/**
 * The builders of typebox that dop's own schemas need, giving the very objects that typebox gives, so that both can
 * be mixed. Every command starts without the hundreds of modules of the whole.
 *
 * `Record` takes `Type.String()` without a pattern as its key, `Enum` a list; anything else throws.
 */
export const Type = {
  Any: (options?: Fields) => made("Any", {}, options),
  Array: (items: object, options?: Fields) => made("Array", { type: "array", items }, options),
  Boolean: (options?: Fields) => made("Boolean", { type: "boolean" }, options),
  Enum(values: unknown, options?: Fields) {
    if (!Array.isArray(values)) throw new Error("an enum is built from a list of its values");
    return made("Enum", { enum: values }, options);
  },
  Integer: (options?: Fields) => made("Integer", { type: "integer" }, options),
  Literal: (value: unknown, options?: Fields) =>
    made("Literal", { type: typeof value, const: value }, options),
  Null: (options?: Fields) => made("Null", { type: "null" }, options),
  Number: (options?: Fields) => made("Number", { type: "number" }, options),
  Object(properties: { readonly [name: string]: object }, options?: Fields) {
    const required = Object.keys(properties).filter((name) => !("~optional" in (properties[name] as object)));
    return made(
      "Object",
      { type: "object", ...(required.length > 0 ? { required } : {}), properties },
      options,
    );
  },
  Optional: (schema: object) => marked(schema, "~optional", true),
  Record(key: Fields, value: object, options?: Fields) {
    if (key["~kind"] !== "String" || "pattern" in key) throw new Error("a record's key is any text");
    return made("Record", { type: "object", patternProperties: { "^.*$": value } }, options);
  },
  String: (options?: Fields) => made("String", { type: "string" }, options),
  Union: (anyOf: readonly object[], options?: Fields) => made("Union", { anyOf }, options),
  Unknown: (options?: Fields) => made("Unknown", {}, options),
  Unsafe: (schema: object) => marked(schema, "~unsafe", null),
} as unknown as Pick<typeof Typebox, BuilderName>;

function made(kind: string, keywords: object, options: Fields = {}): object {
  return hide({ ...keywords, ...options }, "~kind", kind);
}

/** A copy with one more mark; marks that it has stay. */
function marked(schema: object, mark: string, value: unknown): object {
  return hide(Object.defineProperties({}, Object.getOwnPropertyDescriptors(schema)), mark, value);
}

/** Marks are no part of the JSON. */
function hide(schema: object, mark: string, value: unknown): object {
  return Object.defineProperty(schema, mark, {
    value,
    enumerable: false,
    configurable: true,
    writable: true,
  });
}
