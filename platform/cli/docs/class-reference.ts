import type { TSchema } from "typebox";
import { attributeTypeKeyword, attributeTypeNamed, deferredKeyword } from "../../define/attribute-type.ts";

/** What the reference says of one component class. */
export interface ClassReference {
  readonly type: string;
  /** First sentence of the description. */
  readonly summary: string;
  readonly description: string;
  readonly fields: readonly FieldReference[];
  /** A component.yaml, as text. */
  readonly example?: string;
}

/** One attribute: `assets[].key` is the key of each item of `assets`. */
export interface FieldReference {
  readonly path: string;
  /** What it takes, in words. */
  readonly kind: string;
  readonly required: boolean;
  /** As JSON. */
  readonly default?: string;
  readonly description?: string;
}

type JsonSchema = { readonly [keyword: string]: any };

/** Read off the class's schema; fields in the order of the schema, each before its own fields. */
export function classReference(
  type: string,
  { schema, example }: { readonly schema?: TSchema; readonly example?: string },
): ClassReference {
  const description = String((schema as JsonSchema | undefined)?.["description"] ?? "");
  return {
    type,
    summary: /^[\s\S]*?[.](?=\s|$)/.exec(description)?.[0] ?? description,
    description,
    fields: schema === undefined ? [] : fieldsOf(schema as JsonSchema, ""),
    ...(example === undefined ? {} : { example: `${example.trimEnd()}\n` }),
  };
}

function fieldsOf(schema: JsonSchema, prefix: string): FieldReference[] {
  const required = new Set<string>(schema["required"] ?? []);
  return Object.entries((schema["properties"] ?? {}) as { readonly [name: string]: JsonSchema }).flatMap(
    ([name, inner]) => {
      const path = `${prefix}${name}`;
      const written = writtenSchema(inner);
      const description = inner["description"] ?? written["description"];
      const field: FieldReference = {
        path,
        kind: kindOf(inner),
        required: required.has(name) && inner["default"] === undefined,
        ...(inner["default"] === undefined ? {} : { default: JSON.stringify(inner["default"]) }),
        ...(description === undefined ? {} : { description: String(description) }),
      };
      return [field, ...nestedFields(inner, path)];
    },
  );
}

/** An attribute type's own fields are told by its description, so they are not listed again. */
function nestedFields(schema: JsonSchema, path: string): FieldReference[] {
  if (attributeTypeKeyword in schema) return [];
  if (schema["properties"] !== undefined) return fieldsOf(schema, `${path}.`);
  if (schema["items"] !== undefined && !Array.isArray(schema["items"]))
    return nestedFields(schema["items"], `${path}[]`);
  const values = valueSchema(schema);
  if (values !== undefined) return nestedFields(values, `${path}.<name>`);
  const branches = (schema["anyOf"] ?? []) as readonly JsonSchema[];
  const objects = branches.filter((branch) => branch["properties"] !== undefined);
  return objects.length === 1 ? nestedFields(objects[0] as JsonSchema, path) : [];
}

function writtenSchema(schema: JsonSchema): JsonSchema {
  const name: unknown = schema[attributeTypeKeyword];
  return typeof name === "string" ? (attributeTypeNamed(name).written as JsonSchema) : schema;
}

function valueSchema(schema: JsonSchema): JsonSchema | undefined {
  const values = Object.values(
    (schema["patternProperties"] ?? {}) as { readonly [pattern: string]: JsonSchema },
  )[0];
  return (
    values ??
    (typeof schema["additionalProperties"] === "object" ? schema["additionalProperties"] : undefined)
  );
}

/** What a schema takes, in words: `text`, `list of asset keys`, `one of "full", "append"`. */
function kindOf(schema: JsonSchema): string {
  const late = schema[deferredKeyword] === true ? ", evaluated later" : "";
  return `${plainKind(schema)}${late}`;
}

function plainKind(schema: JsonSchema): string {
  const name: unknown = schema[attributeTypeKeyword];
  if (typeof name === "string") return name.replaceAll("-", " ");
  if ("const" in schema) return JSON.stringify(schema["const"]);
  if (Array.isArray(schema["enum"])) return choices(schema["enum"]);
  if (Array.isArray(schema["anyOf"])) {
    const branches = schema["anyOf"] as readonly JsonSchema[];
    if (branches.every((branch) => "const" in branch))
      return choices(branches.map((branch) => branch["const"]));
    return [...new Set(branches.map(plainKind))].join(" or ");
  }
  switch (schema["type"]) {
    case "string":
      return "text";
    case "integer":
      return `whole number${range(schema)}`;
    case "number":
      return `number${range(schema)}`;
    case "boolean":
      return "true or false";
    case "null":
      return "null";
    case "array":
      return Array.isArray(schema["items"]) ? "list" : `list of ${plural(plainKind(schema["items"] ?? {}))}`;
    case "object": {
      const values = valueSchema(schema);
      return values === undefined || Object.keys(values).length === 0
        ? "mapping"
        : `mapping to ${plainKind(values)}`;
    }
    default:
      return "anything";
  }
}

function choices(values: readonly unknown[]): string {
  const texts = values.map((value) => JSON.stringify(value));
  return texts.length === 1 ? (texts[0] as string) : `one of ${texts.join(", ")}`;
}

function range({ minimum, maximum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, at least ${minimum}`;
  return maximum === undefined ? "" : `, at most ${maximum}`;
}

function plural(kind: string): string {
  return /^(asset key|mapping|duration|whole number|number)$/.test(kind) ? `${kind}s` : kind;
}
