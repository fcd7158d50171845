import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { parseRunResults, parseSourceResults } from "../../lib/dbt/artifacts.ts";
import { codeChange, nodeAsset, upstreamNodes } from "../../lib/dbt/dbt-assets.ts";
import { observedNodes, testedNode } from "../../lib/dbt/dbt-checks.ts";
import { parseDbtLog } from "../../lib/dbt/dbt-log.ts";
import { DbtLogSummary } from "../../lib/dbt/log-summary.ts";
import { type DbtNode, isBuilt, isOfOtherProject, parseManifest } from "../../lib/dbt/manifest.ts";
import { semanticAsset, semanticKeys } from "../../lib/dbt/semantic-assets.ts";
import { sourceFreshness } from "../../lib/dbt/source-freshness.ts";
import { manifestOf } from "./dbt-manifest-text.ts";

const nodeOf = (fields: object): DbtNode => ({ unique_id: "x", ...fields }) as unknown as DbtNode;

describe("a manifest", () => {
  test.for([
    { text: "no", reason: "is no JSON" },
    { text: "null", reason: "no dbt manifest" },
    { text: "[]", reason: "no dbt manifest" },
    { text: '{"metadata": {}}', reason: "no dbt manifest" },
    {
      text: '{"metadata": {"dbt_version": "1.3.0", "dbt_schema_version": "https://x/manifest/v7.json"}, "nodes": {}}',
      reason: "is of dbt 1.3.0",
    },
  ])("$text is none", ({ text, reason }) => {
    expect(parseManifest(text)).toMatchObject({ reason: expect.stringContaining(reason) });
  });

  test("nodes that are switched off stand apart and are nobody's children", () => {
    const manifest = manifestOf({
      "model.shop.a": {},
      "test.shop.t": { config: { enabled: false }, parents: ["model.shop.a"] },
    });
    expect([...manifest.nodes.keys()]).toEqual(["model.shop.a"]);
    expect([...manifest.disabled.keys()]).toEqual(["test.shop.t"]);
    expect(manifest.children.size).toBe(0);
  });

  test("children are known where dbt writes no map of them", () => {
    const manifest = manifestOf({
      "source.shop.app.s": {},
      "function.shop.f": {},
      "model.shop.a": { parents: ["source.shop.app.s", "function.shop.f", "model.gone.b"] },
    });
    expect(manifest.children.get("source.shop.app.s")).toEqual(["model.shop.a"]);
    expect(manifest.children.get("function.shop.f")).toEqual(["model.shop.a"]);
  });

  test("the project's name is found by its hash where it is not written", () => {
    const project_id = createHash("md5").update("shop").digest("hex");
    const manifest = manifestOf(
      { "model.other.a": {}, "model.other.b": {}, "model.shop.c": {} },
      { metadata: { project_id, dbt_version: "1.5.2" } },
    );
    expect(manifest.projectName).toBe("shop");
  });

  test("of macros a hash is kept, and files of the project are known", () => {
    const manifest = manifestOf(
      { "model.shop.a": { patch_path: "shop://models/a.yml" }, "model.other.b": {} },
      {
        macros: {
          "macro.shop.m": { macro_sql: "x", package_name: "shop", original_file_path: "macros/m.sql" },
        },
        disabled: { "model.shop.d": [{ package_name: "shop", original_file_path: "models/d.sql" }] },
      },
    );
    expect(manifest.macros.get("macro.shop.m")?.hash).toHaveLength(40);
    expect([...manifest.files].sort()).toEqual([
      "macros/m.sql",
      "models/a.sql",
      "models/a.yml",
      "models/d.sql",
    ]);
  });

  test("nodes of other projects are upstream and not built", () => {
    const manifest = manifestOf({
      "model.other.b": { original_file_path: "" },
      "model.shop.a": { parents: ["model.other.b"] },
    });
    const [other, own] = [...manifest.nodes.values()] as [DbtNode, DbtNode];
    expect([isBuilt(other), isOfOtherProject(other), isBuilt(own)]).toEqual([false, true, true]);
    expect(upstreamNodes(own, manifest)).toEqual([other]);
  });
});

test.for([
  { before: undefined, now: "a", change: "new" },
  { before: "a", now: "a", change: "unchanged" },
  { before: "a", now: "b", change: "modified" },
])("code $now after $before is $change", ({ before, now, change }) => {
  const written = (checksum: string) => ({ "model.shop.a": { checksum: { name: "sha256", checksum } } });
  const earlier = manifestOf(before === undefined ? {} : written(before));
  expect(codeChange(manifestOf(written(now)).nodes.get("model.shop.a") as DbtNode, earlier)).toBe(change);
});

test("tags of columns come along, as far as they can be tags", () => {
  const columns = { id: { name: "id", data_type: "int", tags: ["pii", "no tag"] } };
  const manifest = manifestOf({ "model.shop.a": { columns } });
  const { metadata } = nodeAsset(manifest.nodes.get("model.shop.a") as DbtNode, manifest);
  expect(metadata?.["column_schema"]?.value).toEqual({
    columns: [{ name: "id", type: "int", tags: { pii: "" } }],
  });
});

test("a test of two models that names none is an observation of both", () => {
  const manifest = manifestOf({
    "model.shop.a": {},
    "model.shop.b": {},
    "test.shop.t": { parents: ["model.shop.a", "model.shop.b"] },
    "test.shop.one": { parents: ["model.shop.a"] },
  });
  const node = (id: string) => manifest.nodes.get(id) as DbtNode;
  expect(testedNode(node("test.shop.t"), manifest)).toBeUndefined();
  expect(observedNodes(node("test.shop.t"), manifest).map(({ name }) => name)).toEqual(["a", "b"]);
  expect(observedNodes(node("test.shop.one"), manifest)).toEqual([]);
});

test("a semantic model is kept apart from the model of its name", () => {
  const manifest = manifestOf({
    "model.shop.orders": {},
    "semantic_model.shop.orders": { parents: ["model.shop.orders"], measures: [{ name: "total" }] },
    "metric.shop.revenue": { parents: ["semantic_model.shop.orders"], type: "simple" },
  });
  const metric = manifest.nodes.get("metric.shop.revenue") as DbtNode;
  expect(semanticAsset(metric, manifest).deps).toEqual(["orders"]);
  expect(Object.fromEntries(semanticKeys(manifest))).toEqual({
    "semantic_model.shop.orders": "semantic_model/orders",
    "metric.shop.revenue": "revenue",
  });
});

test.for([
  { freshness: null, expected: undefined },
  { freshness: { warn_after: { count: null, period: null } }, expected: undefined },
  { freshness: { warn_after: { count: 5, period: "minute" } }, expected: { warnSeconds: 300 } },
  {
    freshness: { warn_after: { count: 2, period: "hour" }, error_after: { count: 1, period: "day" } },
    expected: { warnSeconds: 7200, errorSeconds: 86_400 },
  },
])("a source with $freshness is judged by $expected", ({ freshness, expected }) => {
  expect(sourceFreshness(nodeOf({ freshness }))).toEqual(expected);
});

test.for(["no", "null", "{}"])("%s is no artifact", (text) => {
  expect(parseRunResults(text)).toHaveProperty("reason");
  expect(parseSourceResults(text)).toHaveProperty("reason");
});

describe("the verdict of a log", () => {
  const line = (name: string, data: object = {}) =>
    JSON.stringify({ info: { name, level: "info", msg: name }, data });
  const begun = line("LogStartLine", { node_info: { unique_id: "model.a" } });
  const built = (node_status: string) =>
    line("LogModelResult", { node_info: { unique_id: "model.a", node_status }, status: "SELECT 1" });

  test.for([
    { what: "nothing but text", lines: ["Usage: dbt build"], verdict: "refused" },
    { what: "an error before any node", lines: [line("MainEncounteredError")], verdict: "refused" },
    { what: "a node that is not done", lines: [begun], verdict: "cut_off" },
    { what: "no summary after a node", lines: [begun, built("success")], verdict: "cut_off" },
    { what: "all nodes well", lines: [begun, built("success"), line("StatsLine")], verdict: "succeeded" },
    { what: "a failed node", lines: [begun, built("error"), line("StatsLine")], verdict: "failed" },
    { what: "half a node", lines: [begun, built("partial success"), line("StatsLine")], verdict: "failed" },
    { what: "nothing to do", lines: [line("NothingToDo")], verdict: "succeeded" },
    { what: "dbt's own word", lines: [line("CommandCompleted", { success: false })], verdict: "failed" },
    {
      what: "a warning of a test",
      lines: [
        line("LogTestResult", { node_info: { unique_id: "test.a" }, status: "warn" }),
        line("StatsLine"),
      ],
      verdict: "succeeded",
    },
    {
      what: "a stale source",
      lines: [
        line("LogFreshnessResult", { node_info: { unique_id: "source.a" }, status: "error" }),
        line("StatsLine"),
      ],
      verdict: "failed",
    },
  ])("$what: $verdict", ({ lines, verdict }) => {
    const summary = new DbtLogSummary();
    for (const event of lines.flatMap((text) => parseDbtLog(text) ?? [])) summary.read(event);
    expect(summary.verdict).toBe(verdict);
  });

  test("batches and the warehouse's answer are told", () => {
    const event = parseDbtLog(
      line("LogModelResult", {
        node_info: { unique_id: "model.a", node_status: "partial success" },
        status: "PARTIAL SUCCESS (2/3)",
      }),
    );
    expect(event).toMatchObject({ batches: { successful: 2, failed: 1 } });
    expect(parseDbtLog(built("success"))).toMatchObject({ answer: "SELECT 1", batches: undefined });
  });
});
