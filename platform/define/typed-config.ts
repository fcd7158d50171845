import type { Static, TSchema } from "typebox";
import type { Json } from "../core/metadata.ts";

/**
 * What a function gets as its config: typed field by field by a schema that `Type.Object` builds, or anything.
 *
 * typebox is asked for the type of each field and not of the whole: while the schema is only a type parameter, the
 * compiler would go through everything that a schema can be, which takes seconds.
 */
export type ConfigOf<Schema> = Schema extends { readonly properties: infer Fields }
  ? { readonly [Name in keyof Fields as IfOptional<Fields[Name], never, Name>]: ValueOf<Fields[Name]> } & {
      readonly [Name in keyof Fields as IfOptional<Fields[Name], Name, never>]?: ValueOf<Fields[Name]>;
    }
  : { readonly [name: string]: unknown };

type IfOptional<Field, Then, Else> = Field extends { readonly "~optional": true } ? Then : Else;

type ValueOf<Field> = Field extends TSchema ? Static<Field> : unknown;

/** A schema as plain JSON Schema, for the spec; nothing where there is none. */
export function configSchemaOf(schema: TSchema | undefined): { readonly configSchema?: Json } {
  return schema === undefined ? {} : { configSchema: JSON.parse(JSON.stringify(schema)) as Json };
}

/** Config as given to a direct call, with the defaults of the schema's own fields where nothing was given. */
export function withDefaults(
  schema: TSchema | undefined,
  given: { readonly [name: string]: unknown } | undefined,
): { readonly [name: string]: unknown } {
  const { properties = {} } = (schema ?? {}) as {
    readonly properties?: { readonly [name: string]: { readonly default?: unknown } };
  };
  const defaults = Object.entries(properties)
    .filter(([, field]) => field.default !== undefined)
    .map(([name, field]) => [name, field.default]);
  return { ...Object.fromEntries(defaults), ...given };
}
