import type { TSchema } from "typebox";
import { sharedAssetAttributesSchema } from "../define/asset-attributes.ts";
import { attributeTypeKeyword, attributeTypeNamed, deferredKeyword } from "../define/attribute-type.ts";
import { isDefaultsType } from "./built-in-components.ts";

/** What editors are told of one class. */
export interface DescribedClass {
  /** As it is written after `type:`. */
  readonly type: string;
  /** Absent for a class that takes no attributes. */
  readonly schema?: TSchema;
}

type JsonSchema = { readonly [keyword: string]: unknown };

/**
 * One JSON Schema (draft 7, which editors know best) for component files: completes types, then the attributes of
 * the type that is written. Every field also takes a template.
 */
export function editorSchema(classes: readonly DescribedClass[]): JsonSchema {
  const fields = new EditorFields();
  const byClass = classes.map(({ type, schema }) => ({
    type,
    attributes: attributesOf(type, schema, fields),
  }));
  const properties = documentProperties(classes, fields);
  const ofClasses = byClass.flatMap(({ type, attributes }) =>
    attributes === undefined ? [] : [[type, attributes]],
  );
  return {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "A component of dop",
    type: "object",
    required: ["type"],
    additionalProperties: false,
    properties,
    allOf: byClass.map(branchOf),
    definitions: { ...Object.fromEntries(ofClasses), ...Object.fromEntries(fields.types) },
  };
}

function attributesOf(
  type: string,
  schema: TSchema | undefined,
  fields: EditorFields,
): JsonSchema | undefined {
  if (schema === undefined) return undefined;
  const attributes = fields.convert(schema as unknown as JsonSchema);
  // Folder defaults are one rule or a list of them.
  return isDefaultsType(type) ? { anyOf: [attributes, { type: "array", items: attributes }] } : attributes;
}

/** Requires and describes `attributes` where `type` names the class. */
function branchOf({ type, attributes }: { type: string; attributes: JsonSchema | undefined }): JsonSchema {
  const required = (attributes?.["required"] as readonly string[] | undefined) ?? [];
  return {
    if: { required: ["type"], properties: { type: { const: type } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: {
      properties: {
        attributes: attributes === undefined ? { type: "object", maxProperties: 0 } : reference(type),
      },
      ...(required.length === 0 ? {} : { required: ["attributes"] }),
    },
  };
}

function reference(definition: string): JsonSchema {
  return { $ref: `#/definitions/${definition}` };
}

function documentProperties(classes: readonly DescribedClass[], fields: EditorFields): JsonSchema {
  const modules = [...new Set(classes.map(({ type }) => type.slice(0, type.lastIndexOf(".") + 1)))];
  // A class of a module that is known must be one of those listed; others cannot be judged without their files.
  const elsewhere = modules
    .map((module) => `(?!${module.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}[A-Za-z0-9_]+$)`)
    .join("");
  return {
    type: {
      description:
        "The component's class, such as `lib.SqlComponent`, or `.file.Class` for one beside this file.",
      anyOf: [
        ...classes.map(({ type, schema }) => ({
          const: type,
          ...(schema === undefined ? {} : described(schema as unknown as JsonSchema)),
        })),
        { type: "string", pattern: `^${elsewhere}.*\\.[A-Za-z_$][\\w$]*$` },
      ],
    },
    attributes: { description: "What the component's class takes; `dop docs TYPE` prints it." },
    requirements: {
      type: "object",
      description: "What the component needs from outside.",
      additionalProperties: false,
      properties: {
        env: { type: "array", items: { type: "string" }, description: "Variables that its templates read." },
      },
    },
    template_vars_module: {
      type: "string",
      description: "TypeScript file whose template variables may be used here, such as `.template_vars`.",
    },
    post_processing: {
      type: "object",
      description: "Changes to the assets of this component, by selection.",
      additionalProperties: false,
      properties: { assets: { type: "array", items: postProcessor(fields) } },
    },
    enabled: {
      anyOf: [{ type: "boolean" }, templateText],
      description: "Whether the document is loaded; a template may ask for the environment.",
      default: true,
    },
    moved: { description: "Former keys of assets, so that their history stays with them." },
  };
}

function postProcessor(fields: EditorFields): JsonSchema {
  return {
    type: "object",
    additionalProperties: false,
    required: ["attributes"],
    properties: {
      target: { type: "string", default: "*", description: "Selection among the assets of this component." },
      operation: {
        enum: ["merge", "replace"],
        default: "merge",
        description: "`merge` adds to tags and metadata; `replace` puts the given ones in their place.",
      },
      attributes: fields.convert(sharedAssetAttributesSchema as unknown as JsonSchema),
    },
  };
}

const templateText = { type: "string", pattern: "\\{\\{" };

/** Schemas of attributes as draft 7, with a template allowed for every field. */
class EditorFields {
  /** Attribute types that were met, by the name of their definition: each is written once. */
  readonly types = new Map<string, JsonSchema>();

  convert(schema: JsonSchema): JsonSchema {
    const typeName = schema[attributeTypeKeyword];
    if (typeof typeName === "string") return this.#attributeType(typeName);
    const field = (inner: unknown): JsonSchema => this.#field(inner as JsonSchema);
    const result: Record<string, unknown> = {};
    for (const [keyword, value] of Object.entries(schema)) {
      if (keyword === deferredKeyword) continue;
      if (keyword === "properties" || keyword === "patternProperties")
        result[keyword] = mapValues(value, field);
      else if (keyword === "items") result[keyword] = Array.isArray(value) ? value.map(field) : field(value);
      else if (keyword === "additionalProperties" && typeof value === "object")
        result[keyword] = field(value);
      else if (keyword === "anyOf" || keyword === "oneOf" || keyword === "allOf") {
        result[keyword] = (value as readonly JsonSchema[]).map((branch) => this.convert(branch));
      } else if (keyword === "required")
        result[keyword] = withoutDefaults(value as readonly string[], schema);
      else result[keyword] = value;
    }
    return result;
  }

  /** A value that may also be written as a template. */
  #field(schema: JsonSchema): JsonSchema {
    return attributeTypeKeyword in schema ? this.convert(schema) : orTemplate(this.convert(schema));
  }

  #attributeType(name: string): JsonSchema {
    const definition = `type-${name}`;
    if (!this.types.has(definition)) {
      this.types.set(definition, orTemplate(this.convert(attributeTypeNamed(name).written as JsonSchema)));
    }
    return reference(definition);
  }
}

function orTemplate(schema: JsonSchema): JsonSchema {
  if (takesAnyText(schema)) return schema;
  const { default: fallback, ...judged } = schema;
  const shown = { ...described(schema), ...(fallback === undefined ? {} : { default: fallback }) };
  // With anyOf an editor judges an object by the branch that fits best and still completes its fields.
  if (Array.isArray(judged["anyOf"]) && judged["type"] === undefined) {
    return { ...judged, ...shown, anyOf: [...(judged["anyOf"] as unknown[]), templateText] };
  }
  return { ...shown, anyOf: [judged, templateText] };
}

function described({ description }: JsonSchema): JsonSchema {
  return description === undefined ? {} : { description };
}

function takesAnyText(schema: JsonSchema): boolean {
  const narrowed = ["const", "enum", "pattern", "format", "maxLength"].some((keyword) => keyword in schema);
  const untyped = !("type" in schema || "anyOf" in schema || "oneOf" in schema || "allOf" in schema);
  return !narrowed && (schema["type"] === "string" || untyped);
}

/** A field with a default is filled in, so it need not be written. */
function withoutDefaults(required: readonly string[], schema: JsonSchema): readonly string[] {
  const properties = (schema["properties"] ?? {}) as { readonly [name: string]: JsonSchema };
  return required.filter((name) => properties[name]?.["default"] === undefined);
}

function mapValues(value: unknown, change: (schema: unknown) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(value as object).map(([name, schema]) => [name, change(schema)]));
}
