import { expect, test } from "vitest";
import { type Json, metadataOf } from "../../../platform/core/metadata.ts";
import { metadataOfPipes } from "../../../platform/run/pipes/pipes-metadata.ts";

function read(type: string, raw: Json) {
  const warnings: string[] = [];
  const value = metadataOf(metadataOfPipes({ m: { type, raw_value: raw } }, (text) => warnings.push(text)));
  return { value: value["m"], warnings };
}

const columns = [
  { name: "id", type: "int", nullable: false, unique: true },
  { name: "note", type: "string", description: "free" },
];
const written = [
  { name: "id", type: "int", constraints: { nullable: false, unique: true, other: [] } },
  { name: "note", description: "free", constraints: null },
];

test.for<[string, Json, object]>([
  ["text", "a", { type: "text", value: "a" }],
  ["url", "https://x.org", { type: "url", value: "https://x.org" }],
  ["path", "/dev/null", { type: "path", value: "/dev/null" }],
  ["notebook", "n.ipynb", { type: "notebook", value: "n.ipynb" }],
  ["md", "**a**", { type: "md", value: "**a**" }],
  ["json", { a: [1, null] }, { type: "json", value: { a: [1, null] } }],
  ["int", 3, { type: "int", value: 3 }],
  ["float", 3, { type: "float", value: 3 }],
  ["bool", false, { type: "bool", value: false }],
  ["null", null, { type: "null", value: null }],
  ["timestamp", 1.5, { type: "timestamp", value: 1500 }],
  ["dagster_run", "db892d7f", { type: "run", value: "db892d7f" }],
  ["asset", "foo/bar", { type: "asset", value: "foo/bar" }],
  ["asset", ["foo", "bar"], { type: "asset", value: "foo/bar" }],
  ["table_schema", { columns: written }, { type: "table_schema", value: { columns } }],
  [
    "table",
    { records: [{ id: 1, note: "x" }], schema: written },
    { type: "table", value: { columns, rows: [{ id: 1, note: "x" }] } },
  ],
  [
    "table",
    { records: [{ id: 1, ok: true, note: "x" }] },
    {
      type: "table",
      value: {
        columns: [
          { name: "id", type: "float" },
          { name: "ok", type: "bool" },
          { name: "note", type: "string" },
        ],
        rows: [{ id: 1, ok: true, note: "x" }],
      },
    },
  ],
  [
    "table_column_lineage",
    { deps_by_column: { total: [{ asset_key: "raw/a", column_name: "amount" }] } },
    { type: "table_column_lineage", value: { total: [{ asset: "raw/a", column: "amount" }] } },
  ],
  ["__infer__", "a", { type: "text", value: "a" }],
  ["__infer__", 3, { type: "int", value: 3 }],
  ["__infer__", 3.5, { type: "float", value: 3.5 }],
  ["__infer__", true, { type: "bool", value: true }],
  ["__infer__", null, { type: "null", value: null }],
  ["__infer__", [1, 2], { type: "json", value: [1, 2] }],
  ["__infer__", { type: "int", value: "x" }, { type: "json", value: { type: "int", value: "x" } }],
])("%s of %j is taken as it is", ([type, raw, value]) => {
  expect(read(type, raw)).toEqual({ value, warnings: [] });
});

test.for<[string, Json, object]>([
  ["int", 1.5, { type: "float", value: 1.5 }],
  ["float", "NaN", { type: "text", value: "NaN" }],
  ["text", 3, { type: "int", value: 3 }],
  ["url", null, { type: "null", value: null }],
  ["bool", "yes", { type: "text", value: "yes" }],
  ["table", { records: 3 }, { type: "json", value: { records: 3 } }],
  ["table_schema", { columns: [{}] }, { type: "json", value: { columns: [{}] } }],
  [
    "table_column_lineage",
    { deps_by_column: { a: [1] } },
    { type: "json", value: { deps_by_column: { a: [1] } } },
  ],
  ["constructor", 3, { type: "int", value: 3 }],
])("%s of %j is taken by its own type, with a warning", ([type, raw, value]) => {
  expect(read(type, raw)).toEqual({ value, warnings: [expect.stringContaining("`m`")] });
});

test("plain values need no type", () => {
  expect(metadataOf(metadataOfPipes({ rows: 3 }, () => {}))).toEqual({ rows: { type: "int", value: 3 } });
});
