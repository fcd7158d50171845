import { Ajv } from "ajv";
import { Type } from "typebox";
import { expect, test } from "vitest";
import { editorSchema } from "../../platform/component/editor-schema.ts";
import { assetSpecSchema } from "../../platform/define/asset-attributes.ts";

const copies = Type.Object(
  {
    source: Type.String({ description: "Where from." }),
    limit: Type.Integer({ minimum: 1, default: 10 }),
    assets: Type.Array(assetSpecSchema),
    mode: Type.Union([Type.Literal("full"), Type.Literal("append")], { default: "full" }),
  },
  { additionalProperties: false, description: "Copies tables." },
);
const schema = editorSchema([{ type: "lib.Copies", schema: copies }, { type: "lib.Bare" }]);
const validate = new Ajv({ strict: false, allErrors: true }).compile(schema);

const sound = { source: "a", assets: [{ key: "raw/a" }] };

test.for([
  { what: "the fields that are needed", document: { type: "lib.Copies", attributes: sound } },
  {
    what: "a template for a number",
    document: { type: "lib.Copies", attributes: { ...sound, limit: "{{ n }}" } },
  },
  {
    what: "a template for a list",
    document: { type: "lib.Copies", attributes: { ...sound, assets: "{{ all }}" } },
  },
  {
    what: "a template for an item",
    document: { type: "lib.Copies", attributes: { ...sound, assets: ["{{ one }}"] } },
  },
  {
    what: "a template for a choice",
    document: { type: "lib.Copies", attributes: { ...sound, mode: "{{ mode }}" } },
  },
  { what: "a class without attributes", document: { type: "lib.Bare" } },
  { what: "a class beside the file", document: { type: ".copies.Copies", attributes: { anything: 1 } } },
  { what: "a class of a package", document: { type: "shop-components.Copies", attributes: {} } },
  {
    what: "a written attribute type",
    document: {
      type: "lib.Copies",
      attributes: {
        ...sound,
        assets: [{ key: "a", partitions_def: { type: "daily", start_date: "2026-01-01" } }],
      },
    },
  },
])("the editor schema accepts $what", ({ document }) => {
  validate(document);
  expect(validate.errors ?? []).toEqual([]);
});

test.for([
  {
    what: "an attribute that is not there",
    document: { type: "lib.Copies", attributes: { ...sound, sorce: 1 } },
  },
  { what: "text for a number", document: { type: "lib.Copies", attributes: { ...sound, limit: "many" } } },
  { what: "a wrong choice", document: { type: "lib.Copies", attributes: { ...sound, mode: "fast" } } },
  { what: "missing attributes", document: { type: "lib.Copies" } },
  { what: "a missing field", document: { type: "lib.Copies", attributes: { assets: [] } } },
  { what: "attributes for a class that takes none", document: { type: "lib.Bare", attributes: { a: 1 } } },
  { what: "an unknown class of a known module", document: { type: "lib.Copy" } },
  { what: "an unknown key beside the attributes", document: { type: "lib.Bare", attribute: {} } },
  {
    what: "an unknown cadence of partitions",
    document: {
      type: "lib.Copies",
      attributes: { ...sound, assets: [{ key: "a", partitions_def: { type: "dayly" } }] },
    },
  },
])("the editor schema refuses $what", ({ document }) => {
  expect(validate(document)).toBe(false);
});
