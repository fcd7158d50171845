import type { TSchema, TUnsafe } from "typebox";
import type { AssetAttributes } from "./asset-attributes.ts";
import { deferredKeyword } from "./attribute-type.ts";
import { Type } from "./schema-builders.ts";

/** Asset fields and a key or key prefix, or a template that gives them, evaluated per external object. */
export type Translation = string | AssetAttributes;

/** Keeps the templates of an attribute unevaluated until the component evaluates them per external object. */
export function deferred<S extends TSchema>(schema: S): S {
  return { ...schema, [deferredKeyword]: true };
}

/** The schema of a `translation` attribute over the given asset-attributes schema. */
export function translationSchema(attributes: TSchema, description: string): TUnsafe<Translation> {
  return deferred(Type.Unsafe<Translation>({ ...attributes, description }));
}
