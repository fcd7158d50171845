import type { TSchema } from "typebox";
import { attributeTypeKeyword } from "../../define/attribute-type.ts";

type JsonSchema = { readonly [keyword: string]: any };

/** The attributes that must be written, each with the simplest value that its schema allows; `key` for asset keys. */
export function sampleAttributes(schema: TSchema, key: string): { readonly [name: string]: unknown } {
  return sampleObject(schema as JsonSchema, key);
}

function sampleObject(schema: JsonSchema, key: string): { readonly [name: string]: unknown } {
  const properties = (schema["properties"] ?? {}) as { readonly [name: string]: JsonSchema };
  const needed = ((schema["required"] ?? []) as readonly string[]).filter(
    (name) => properties[name] !== undefined && properties[name]["default"] === undefined,
  );
  return Object.fromEntries(
    needed.map((name) => [name, sampleOf(properties[name] as JsonSchema, name, key)]),
  );
}

function sampleOf(schema: JsonSchema, name: string, key: string): unknown {
  if (schema[attributeTypeKeyword] !== undefined)
    return sampleOfType(schema[attributeTypeKeyword] as string, key);
  if ("const" in schema) return schema["const"];
  if (Array.isArray(schema["enum"])) return schema["enum"][0];
  const [branch] = (schema["anyOf"] ?? schema["oneOf"] ?? []) as readonly JsonSchema[];
  if (branch !== undefined) return sampleOf(branch, name, key);
  switch (schema["type"]) {
    case "integer":
    case "number":
      return schema["minimum"] ?? 1;
    case "boolean":
      return false;
    case "array":
      return (schema["minItems"] ?? 0) === 0 ? [] : [sampleOf(schema["items"] as JsonSchema, name, key)];
    case "object":
      return sampleObject(schema, key);
    default:
      return name;
  }
}

function sampleOfType(type: string, key: string): unknown {
  switch (type) {
    case "asset-key":
      return key;
    case "duration":
      return "1h";
    case "automation-condition":
      return "eager";
    case "freshness-policy":
      return { time_window: { fail_window: "36h" } };
    case "partitions":
      return { type: "daily", start_date: "2026-01-01" };
    default:
      return {};
  }
}
