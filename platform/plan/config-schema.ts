import type { Json } from "../core/metadata.ts";
import { isPlainObject } from "../core/secret.ts";

type Schema = { readonly [keyword: string]: Json };

/** `{"env": "NAME"}` stands for the value of a variable, which only the worker reads. */
export function isEnvReference(value: unknown): value is { readonly env: string } {
  return isPlainObject(value) && typeof value["env"] === "string" && Object.keys(value).length === 1;
}

/** The value with what the schema gives for missing fields, also inside nested ones that are there. */
export function withDefaults(schema: Json | undefined, value: Json): Json {
  const settled = resolved(schema, schema);
  return settled === undefined ? value : filled(settled, value, schema);
}

function filled(schema: Schema, value: Json, root: Json | undefined): Json {
  if (Array.isArray(value)) {
    const items = resolved(schema["items"], root);
    return items === undefined ? value : value.map((item: Json) => filled(items, item, root));
  }
  const properties = schema["properties"];
  if (!isObject(value) || isEnvReference(value) || !isObject(properties)) return value;
  const fields: { [name: string]: Json } = { ...value };
  for (const [name, written] of Object.entries(properties)) {
    const property = resolved(written, root);
    if (property === undefined) continue;
    const given = Object.hasOwn(fields, name) ? fields[name] : property["default"];
    if (given !== undefined) fields[name] = filled(property, given, root);
  }
  return fields;
}

/** A text as the value that the place under `path` wants: JSON, unless the schema wants text there. */
export function valueOfText(schema: Json | undefined, path: readonly string[], text: string): Json {
  if (wantsText(schemaAt(schema, path), schema)) return text;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** Whether the schema says what stands under the name; a schema that says nothing allows every name. */
export function hasField(schema: Json | undefined, name: string): boolean {
  const settled = resolved(schema, schema);
  const properties = settled?.["properties"];
  return isObject(properties) && Object.hasOwn(properties, name);
}

export function fieldNames(schema: Json | undefined): string[] {
  const properties = resolved(schema, schema)?.["properties"];
  return isObject(properties) ? Object.keys(properties) : [];
}

function schemaAt(root: Json | undefined, path: readonly string[]): Schema | undefined {
  let schema = resolved(root, root);
  for (const name of path) {
    const properties = schema?.["properties"];
    const property: Json | undefined =
      isObject(properties) && Object.hasOwn(properties, name)
        ? properties[name]
        : /^\d+$/.test(name)
          ? schema?.["items"]
          : schema?.["additionalProperties"];
    schema = resolved(property, root);
  }
  return schema;
}

function wantsText(schema: Schema | undefined, root: Json | undefined): boolean {
  if (schema === undefined) return false;
  const { type, enum: allowed, const: only } = schema;
  if (type === "string" || (Array.isArray(type) && type.includes("string"))) return true;
  if (typeof only === "string") return true;
  if (Array.isArray(allowed) && allowed.some((one) => typeof one === "string")) return true;
  const branches = schema["anyOf"] ?? schema["oneOf"];
  return Array.isArray(branches) && branches.some((branch: Json) => wantsText(resolved(branch, root), root));
}

/** A schema with its reference into its own `$defs` followed; `undefined` where there is none. */
function resolved(schema: Json | undefined, root: Json | undefined): Schema | undefined {
  let current = schema;
  for (let hops = 0; isObject(current) && typeof current["$ref"] === "string" && hops < 20; hops++) {
    const parts = current["$ref"].replace(/^#\/?/, "").split("/");
    current = parts.reduce<Json | undefined>((at, part) => (isObject(at) ? at[part] : undefined), root);
  }
  return isObject(current) ? current : undefined;
}

function isObject(value: Json | undefined): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
