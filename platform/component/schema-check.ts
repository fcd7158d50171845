import { createRequire } from "node:module";
import type { Ajv as AjvClass, ErrorObject, ValidateFunction } from "ajv";
import { holdsSecret } from "../core/secret.ts";
import type { Path } from "../core/span.ts";
import { attributeTypeKeyword } from "../define/attribute-type.ts";
import type { JsonSchema } from "./json-schema.ts";
import { holdsTemplate } from "./missing-value.ts";
import type { ValueProblem } from "./read-value.ts";

/** Keywords whose meaning `readValue` applies itself, and those that carry none. */
const readKeywords: ReadonlySet<string> = new Set([
  "type",
  "properties",
  "required",
  "patternProperties",
  "additionalProperties",
  "items",
  "additionalItems",
  "anyOf",
  "oneOf",
  "allOf",
  "enum",
  "const",
  "default",
  "pattern",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
  "uniqueItems",
  "$defs",
  "$ref",
  "$id",
  "$schema",
  "description",
  "title",
  "examples",
  "deprecated",
  "x-dop-deferred",
  attributeTypeKeyword,
  "format",
]);

const validators = new WeakMap<object, ValidateFunction | null>();

/**
 * What other keywords of JSON Schema (`if`, `dependentRequired`, `not`, …) say against a value that has been read.
 * Compiled once per class, and only for schemas that have such keywords.
 */
export function otherSchemaProblems(
  schema: JsonSchema,
  value: unknown,
): (ValueProblem & { readonly path: Path })[] {
  let validate = validators.get(schema);
  if (validate === undefined) {
    validate = hasOtherKeywords(schema) ? compiled(schema) : null;
    validators.set(schema, validate);
  }
  if (validate === null || holdsTemplate(value) || holdsSecret(value) || validate(value)) return [];
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== "if").map(problemOf);
}

function problemOf({
  instancePath,
  message,
  keyword,
  params,
}: ErrorObject): ValueProblem & { readonly path: Path } {
  const path = instancePath
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part));
  const missing =
    keyword === "required" || keyword === "dependentRequired" ? params["missingProperty"] : undefined;
  if (typeof missing === "string")
    return { code: "missing-attribute", message: `\`${missing}\` is required`, path };
  return { code: "invalid-attribute-value", message: message ?? "this value is not allowed", path };
}

function hasOtherKeywords(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.some(hasOtherKeywords);
  if (typeof schema !== "object" || schema === null) return false;
  return Object.entries(schema).some(([keyword, inner]) => {
    if (!readKeywords.has(keyword) && !keyword.startsWith("~")) return true;
    if (keyword === "default" || keyword === "const" || keyword === "enum" || keyword === "examples")
      return false;
    if (keyword === "properties" || keyword === "patternProperties" || keyword === "$defs") {
      return Object.values(inner as object).some(hasOtherKeywords);
    }
    return hasOtherKeywords(inner);
  });
}

function compiled(schema: JsonSchema): ValidateFunction {
  const { Ajv } = createRequire(import.meta.url)("ajv") as { Ajv: typeof AjvClass };
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
}
