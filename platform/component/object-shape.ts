import type { JsonSchema } from "./json-schema.ts";

export interface ObjectShape {
  readonly properties: { readonly [name: string]: JsonSchema };
  readonly entries: readonly (readonly [name: string, schema: JsonSchema])[];
  readonly required: ReadonlySet<string>;
}

const shapes = new WeakMap<JsonSchema, ObjectShape>();

/** What an object schema says of its entries, worked out once for each schema. */
export function objectShape(schema: JsonSchema): ObjectShape {
  let shape = shapes.get(schema);
  if (shape === undefined) {
    const { properties = {}, required = [] } = schema;
    shape = { properties, entries: Object.entries(properties), required: new Set(required) };
    shapes.set(schema, shape);
  }
  return shape;
}

const patterns = new Map<string, RegExp>();

/** A schema's pattern, compiled once. */
export function patternOf(pattern: string): RegExp {
  let found = patterns.get(pattern);
  if (found === undefined) {
    found = new RegExp(pattern, "u");
    patterns.set(pattern, found);
  }
  return found;
}
