import { expect, test } from "vitest";
import { eager, onMissing } from "../../platform/core/condition-builders.ts";
import { reference } from "../../platform/core/reference.ts";
import { Secret } from "../../platform/core/secret.ts";
import { deferTemplate } from "../../platform/template/deferred-template.ts";
import { scopeOf } from "../../platform/template/scope.ts";
import { assetOf, merge } from "./loaded-project.ts";

const written = {
  key: "a",
  groupName: "g",
  tags: { x: "one", y: "two" },
  metadata: { m: { type: "int", value: 1 } },
  kinds: ["sql"],
  owners: ["team:old"],
  deps: ["up"],
} as const;

function template(text: string) {
  const span = {
    file: "defs/component.yaml",
    start: { line: 30, column: 9 },
    end: { line: 30, column: 9 + text.length },
  };
  return deferTemplate(text, { path: "post_processing.assets.0.attributes", span });
}

test("merge adds to tags and metadata and replaces every other field", () => {
  const fields = {
    tags: { y: "new", z: "three" },
    metadata: { n: 2 },
    kinds: ["dbt"],
    owners: ["team:new"],
    deps: ["other"],
  };
  const merged = merge([{ assets: [written], patches: [{ fields }] }]);
  expect(assetOf(merged, "a")).toMatchObject({
    groupName: "g",
    tags: { x: "one", y: "new", z: "three" },
    metadata: { m: { value: 1 }, n: { type: "int", value: 2 } },
    kinds: ["dbt"],
    owners: ["team:new"],
    deps: ["other"],
  });
});

test("replace takes the place of tags and leaves the rest", () => {
  const merged = merge([
    { assets: [written], patches: [{ operation: "replace", fields: { tags: { z: "three" } } }] },
  ]);
  expect(assetOf(merged, "a")).toMatchObject({ tags: { z: "three" }, kinds: ["sql"], owners: ["team:old"] });
  expect(assetOf(merged, "a")?.tags).not.toHaveProperty("x");
});

test("a later patch sees what an earlier one did", () => {
  const merged = merge([
    {
      assets: [{ key: "one" }],
      patches: [
        { fields: { tags: { stage: "raw" } } },
        { selection: "tag:stage=raw", fields: { group_name: "raw_group" } },
      ],
    },
  ]);
  expect(assetOf(merged, "one")).toMatchObject({ groupName: "raw_group" });
});

test("the inner document goes first and the outer folder has the last word", () => {
  const merged = merge([
    { folder: "", patches: [{ fields: { group_name: "outer" } }] },
    {
      folder: "x/y",
      assets: [{ key: "one" }],
      patches: [{ own: true, fields: { group_name: "inner", tags: { t: "inner" } } }],
    },
    { folder: "x", patches: [{ fields: { group_name: "middle", description: "middle" } }] },
  ]);
  expect(assetOf(merged, "one")).toMatchObject({
    groupName: "outer",
    tags: { t: "inner" },
    description: "middle",
  });
});

test("a patch sees the assets of its document or folder only", () => {
  const merged = merge([
    { folder: "x", assets: [{ key: "one" }], patches: [{ own: true, fields: { group_name: "own" } }] },
    { folder: "x", document: 2, assets: [{ key: "two" }] },
    { folder: "xy", assets: [{ key: "three" }] },
    { folder: "x/z", assets: [{ key: "four" }], patches: [] },
    { folder: "x", document: 3, patches: [{ fields: { tags: { in: "x" } } }] },
  ]);
  const groups = ["one", "two", "three", "four"].map((key) => assetOf(merged, key));
  expect(groups.map((asset) => asset?.groupName)).toEqual(["own", "default", "default", "default"]);
  expect(groups.map((asset) => asset?.tags["in"])).toEqual(["x", "x", undefined, "x"]);
});

test("every field that a patch set knows where", () => {
  const merged = merge([
    { assets: [written], patches: [{ fields: { owners: ["team:new"], group_name: "h" } }] },
  ]);
  expect(assetOf(merged, "a")?.origins).toEqual({
    owners: { file: "defs/c0/component.yaml", line: 120 },
    groupName: { file: "defs/c0/component.yaml", line: 121 },
  });
});

test("a default sets only what is not set, the inner one first", () => {
  const merged = merge(
    [
      {
        folder: "",
        patches: [
          {
            operation: "default",
            fields: { owners: ["team:outer"], pool: "outer", io: "csv", tags: { a: "outer", b: "outer" } },
          },
        ],
      },
      {
        folder: "x",
        assets: [{ key: "one", io: "json", tags: { a: "own" } }],
        patches: [{ operation: "default", fields: { owners: ["team:inner"] } }],
      },
    ],
    { pools: [{ name: "outer", limit: 1 }] },
  );
  expect(assetOf(merged, "one")).toMatchObject({
    owners: ["team:inner"],
    pool: "outer",
    io: "json",
    tags: { a: "own", b: "outer" },
  });
  expect(assetOf(merged, "one")?.origins).toMatchObject({
    owners: { file: "defs/x/component.yaml" },
    pool: { file: "defs/component.yaml" },
  });
  expect(merged.problems).toEqual([]);
});

test("a later default of one folder beats an earlier one, and sees what it set", () => {
  const merged = merge([
    {
      assets: [{ key: "one", groupName: "g" }, { key: "two" }],
      patches: [
        { operation: "default", fields: { owners: ["team:all"], group_name: "h" } },
        { operation: "default", selection: "group:g", fields: { owners: ["team:g"] } },
        { operation: "default", selection: "group:h", fields: { owners: ["team:h"] } },
      ],
    },
  ]);
  expect(assetOf(merged, "one")?.owners).toEqual(["team:g"]);
  expect(assetOf(merged, "two")?.owners).toEqual(["team:h"]);
});

test("post-processing comes before defaults, wherever it stands", () => {
  const merged = merge([
    { folder: "", patches: [{ fields: { owners: ["team:processed"] } }] },
    {
      folder: "x",
      assets: [{ key: "one" }],
      patches: [{ operation: "default", fields: { owners: ["team:default"] } }],
    },
  ]);
  expect(assetOf(merged, "one")?.owners).toEqual(["team:processed"]);
});

test("an overwriting default beats the asset, and an inner one an outer one", () => {
  const merged = merge([
    {
      folder: "",
      patches: [{ operation: "overwrite", fields: { owners: ["team:outer"], description: "outer" } }],
    },
    {
      folder: "x",
      assets: [{ key: "one", owners: ["team:own"], description: "own" }],
      patches: [{ operation: "overwrite", fields: { owners: ["team:inner"] } }],
    },
  ]);
  expect(assetOf(merged, "one")).toMatchObject({ owners: ["team:inner"], description: "outer" });
});

test("conditions and policies arrive as data, written ones of retries too", () => {
  const fields = {
    automation_condition: eager(),
    retry_policy: { max_retries: 3, delay: 5, backoff: "EXPONENTIAL" },
    backfill_policy: { type: "multi_run", max_partitions_per_run: 4 },
  };
  const merged = merge([{ assets: [{ key: "a" }], patches: [{ fields }] }]);
  expect(assetOf(merged, "a")).toMatchObject({
    automationCondition: { label: "eager()" },
    retryPolicy: { maxRetries: 3, delaySeconds: 5, backoff: "exponential" },
    backfillPolicy: { type: "multi_run", maxPartitionsPerRun: 4 },
  });
});

test("templates are evaluated for each asset with its spec so far", () => {
  const merged = merge([
    {
      assets: [{ key: "raw/a", groupName: "g" }, { key: "raw/b" }],
      patches: [
        { fields: { tags: { source: "shop" } } },
        {
          fields: {
            description: template("{{ asset.tags.source }} {{ asset.key | upper }}"),
            tags: { group: template("{{ asset.group_name or 'none' }}") },
          },
        },
      ],
    },
  ]);
  expect(merged.problems).toEqual([]);
  expect(assetOf(merged, "raw/a")).toMatchObject({
    description: "shop RAW/A",
    tags: { source: "shop", group: "g" },
  });
  expect(assetOf(merged, "raw/b")).toMatchObject({ description: "shop RAW/B", tags: { group: "none" } });
});

test("templates of a patch may use the names of their document", () => {
  const patches = [
    {
      fields: {
        automation_condition: template("{{ missing_only }}"),
        description: template("{{ place }} {{ asset.key }}"),
      },
    },
  ];
  const scope = scopeOf({ missing_only: onMissing(), place: "Seoul" });
  const merged = merge([{ assets: [{ key: "a" }], patches }], {}, { patchScope: () => scope });
  expect(assetOf(merged, "a")).toMatchObject({
    description: "Seoul a",
    automationCondition: { label: "on_missing()" },
  });
});

test.for([
  { field: "description", text: "{{ nope }}", code: "undefined-name" },
  { field: "description", text: "{{ asset.tags }}", code: "template-type" },
  { field: "owners", text: "{{ asset.key }}", code: "template-type" },
  { field: "automation_condition", text: "{{ asset.key }}", code: "template-type" },
  { field: "freshness_policy", text: "{{ asset.key }}", code: "template-type" },
  { field: "partitions_def", text: "{{ asset.tags }}", code: "template-type" },
  { field: "skippable", text: "{{ asset.key }}", code: "template-type" },
  { field: "deps", text: "{{ ['a//b'] }}", code: "template-type" },
  { field: "group_name", text: "{{ secret }}", code: "template-type" },
])("a template of $field that gives '$text' is told once, where it stands", ({ field, text, code }) => {
  const merged = merge(
    [{ assets: [{ key: "a" }, { key: "b" }], patches: [{ fields: { [field]: template(text), pool: "p" } }] }],
    { pools: [{ name: "p", limit: 1 }] },
    { patchScope: () => scopeOf({ secret: 5 }) },
  );
  expect(merged.problems).toMatchObject([
    { code, span: { file: "defs/component.yaml", start: { line: 30, column: 9 } } },
  ]);
  expect(assetOf(merged, "b")).toMatchObject({ pool: "p" });
});

test("a secret in a name is refused", () => {
  const merged = merge(
    [{ assets: [{ key: "a" }], patches: [{ fields: { tags: { t: template("{{ token }}") } } }] }],
    {},
    { patchScope: () => scopeOf({ token: new Secret("hunter2") }) },
  );
  expect(merged.problems).toMatchObject([{ code: "secret-in-name" }]);
  expect(JSON.stringify(merged.problems)).not.toContain("hunter2");
});

test("deps of a patch may be references", () => {
  const merged = merge([
    {
      assets: [{ key: "a" }, { key: "o", answers: ["dbt_model:orders"] }],
      patches: [{ selection: "key:a", fields: { deps: [reference("dbt_model", "orders")] } }],
    },
  ]);
  expect(assetOf(merged, "a")?.deps).toEqual(["o"]);
});

test("a wrong target is told at its column, and one that matches nothing is a warning", () => {
  const selectionSpan = {
    file: "defs/component.yaml",
    start: { line: 12, column: 13 },
    end: { line: 12, column: 24 },
  };
  const merged = merge([
    {
      assets: [{ key: "orders" }],
      patches: [
        {
          selection: "group:g or",
          selectionSpan: { ...selectionSpan, end: { line: 12, column: 23 } },
          fields: { owners: ["team:x"] },
        },
        { selection: "ordes", fields: { owners: ["team:x"] } },
        { selection: "status:failed", fields: { owners: ["team:x"] } },
      ],
    },
  ]);
  expect(merged.problems).toMatchObject([
    {
      code: "empty-selection",
      severity: "warning",
      hint: "did you mean `orders`?",
      span: { start: { line: 21 } },
    },
    { code: "invalid-selection", span: { start: { line: 22 } } },
    { code: "invalid-selection", span: { start: { line: 12, column: 23 } } },
  ]);
  expect(assetOf(merged, "orders")?.owners).toEqual([]);
});

test("edges are followed inside the folder only", () => {
  const merged = merge([
    {
      folder: "x",
      assets: [{ key: "a" }, { key: "c", deps: ["b"] }],
      patches: [{ selection: "a+", fields: { group_name: "down" } }],
    },
    { folder: "y", assets: [{ key: "b", deps: ["a"] }] },
  ]);
  expect(["a", "b", "c"].map((key) => assetOf(merged, key)?.groupName)).toEqual([
    "down",
    "default",
    "default",
  ]);
});
