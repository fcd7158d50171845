// Real Python: the component with pandas, Spark and the published `dagster-pipes`.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import type { ComponentId } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { RunId, RunRequest } from "../../platform/core/run.ts";
import { planRun } from "../../platform/plan/plan-run.ts";
import { executeRun } from "../../platform/run/execute-run.ts";
import { requireTool } from "../require-tool.ts";
import { errorsOf, library, loadDocuments } from "./load-documents.ts";

interface Given {
  readonly files: { readonly [name: string]: string };
  readonly request: object;
  readonly env?: { readonly [name: string]: string };
}

/** Loads a component file whose first document runs Python, and materializes what is asked for. */
async function run(context: TestContext, text: string, { files, request, env = {} }: Given) {
  requireTool(context, "dagster_pipes");
  const python = requireTool(context, "pandas");
  const withPython = text.replace("attributes:\n", `attributes:\n  python: ${python}\n`);
  const loaded = await loadDocuments(withPython, { files, env });
  expect(errorsOf(loaded)).toEqual([]);
  const moment = { now: Temporal.Instant.from("2026-02-01T00:00Z") };
  const plan = planRun(loaded.snapshot, { assets: [], tags: {}, ...request } as RunRequest, moment as never);
  const events: RunEventBody[] = [];
  const options = {
    runId: "01900000-0000-7000-8000-000000000001" as RunId,
    code: {
      step: (component: ComponentId, name: string) => loaded.code.findStep(component, name),
      resource: () => undefined,
      ioManager: () => undefined,
      hook: () => undefined,
    },
    emit: (event: RunEventBody) => void events.push(event),
    signal: new AbortController().signal,
    projectRoot: loaded.root,
    dataFolder: join(loaded.root, "data"),
    logFolder: join(loaded.root, "logs"),
    valuesFolder: join(loaded.root, "values"),
  };
  const outcome = await executeRun(plan, options);
  const told = (type: RunEventBody["type"]) => events.filter((event) => event.type === type);
  return { outcome, told, root: loaded.root };
}

const slow = { timeout: 60_000 };

test("the example makes its table with pandas, slice by slice", slow, async (context) => {
  const text = readFileSync(join(library, "python/example.yaml"), "utf8");
  const script = readFileSync(join(library, "python/daily_totals.py"), "utf8");
  const { told, outcome } = await run(context, text, {
    files: { "daily_totals.py": script },
    request: {
      assets: ["marts/daily_totals"],
      partitions: { kind: "keys", keys: ["2026-01-10", "2026-01-11"] },
    },
  });
  expect(told("step.failed")).toEqual([]);
  expect(outcome).toBe("success");
  const partitionOf = (event: RunEventBody) => ("partition" in event ? String(event.partition) : "");
  const made = told("asset.materialized").toSorted((a, b) => (partitionOf(a) < partitionOf(b) ? -1 : 1));
  expect(made).toMatchObject(
    ["2026-01-10", "2026-01-11"].map((partition) => ({
      asset: "marts/daily_totals",
      partition,
      codeVersion: expect.any(String),
      metadata: {
        rows: { type: "int", value: 1 },
        revenue: { type: "float", value: 42.5 },
        currency: { type: "text", value: "EUR" },
        totals: { type: "table", value: { rows: [{ day: partition, orders: 2, revenue: 42.5 }] } },
      },
    })),
  );
  expect(told("check.evaluated")).toMatchObject([
    { check: "marts/daily_totals:has_rows", passed: true, blocking: true },
    { check: "marts/daily_totals:has_rows", passed: true, blocking: true },
  ]);
});

const script = `
import os, sys
import pandas as pd
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as context:
    pd.DataFrame({"n": [1, 2, 3]}).to_csv(sys.argv[1], index=False)
    context.report_asset_materialization(asset_key="raw/a", metadata={
        "args": sys.argv[1:], "extras": {"type": "json", "raw_value": dict(context.extras)}, "run": os.environ["DOP_RUN_ID"], "token": os.environ["TOKEN"], "cwd": os.path.basename(os.getcwd())})
    context.report_asset_check(asset_key="raw/a", check_name="ok", passed=False, severity="WARN")
`;

test(
  "a script gets arguments, extras and variables of its run, and secrets are real for it alone",
  slow,
  async (context) => {
    const text = `type: lib.PythonScriptComponent
attributes:
  script: ./make.py
  args: [out.csv, "{{ run_id }}"]
  extras: { token: "{{ env('API_TOKEN') }}", assets: "{{ assets }}", limit: 3 }
  env: { TOKEN: "{{ env('API_TOKEN') }}" }
  assets: [{ key: raw/a }, { key: raw/b, deps: [raw/a] }]
  checks: [{ asset: raw/a, name: ok }]
`;
    const { told, root } = await run(context, text, {
      files: { "make.py": script },
      request: { assets: ["raw/a", "raw/b"] },
      env: { API_TOKEN: "t0ken" },
    });
    expect(told("step.failed")).toEqual([]);
    expect(told("asset.materialized")).toMatchObject([
      {
        asset: "raw/a",
        metadata: {
          args: { value: ["out.csv", "01900000-0000-7000-8000-000000000001"] },
          extras: { value: { token: "t0ken", assets: ["raw/a", "raw/b"], limit: 3 } },
          run: { value: "01900000-0000-7000-8000-000000000001" },
          token: { value: "t0ken" },
          cwd: { value: "demo" },
        },
      },
      { asset: "raw/b" },
    ]);
    expect(told("check.evaluated")).toMatchObject([{ check: "raw/a:ok", passed: false, severity: "warn" }]);
    expect(readFileSync(join(root, "defs/demo/out.csv"), "utf8")).toBe("n\n1\n2\n3\n");
  },
);

test("a script may be a Spark job", { timeout: 180_000 }, async (context) => {
  requireTool(context, "java");
  requireTool(context, "pyspark");
  const text = `type: lib.PythonScriptComponent
attributes:
  script: ./count.py
  args: ["{{ partition.key }}"]
  assets: [{ key: marts/visits, partitions_def: { type: daily, start_date: "2026-01-01" } }]
  checks: [{ asset: marts/visits, name: not_empty, blocking: true }]
`;
  const count = `
import sys
from dagster_pipes import open_dagster_pipes
from pyspark.sql import SparkSession, functions as F
with open_dagster_pipes() as context:
    spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    visits = spark.read.csv("visits.csv", header=True).where(F.col("day") == context.partition_key)
    pages = visits.groupBy("page").count()
    pages.write.parquet(f"out/{sys.argv[1]}")
    context.report_asset_materialization(metadata={"rows": pages.count(), "spark": spark.version})
    context.report_asset_check(asset_key="marts/visits", check_name="not_empty", passed=pages.count() > 0)
    spark.stop()
`;
  const { told, root } = await run(context, text, {
    files: {
      "count.py": count,
      "visits.csv": "day,page\n2026-01-02,a\n2026-01-02,a\n2026-01-02,b\n2026-01-03,c\n",
    },
    request: { assets: ["marts/visits"], partitions: { kind: "keys", keys: ["2026-01-02"] } },
  });
  expect(told("step.failed")).toEqual([]);
  expect(told("asset.materialized")).toMatchObject([
    { asset: "marts/visits", partition: "2026-01-02", metadata: { rows: { type: "int", value: 2 } } },
  ]);
  expect(told("check.evaluated")).toMatchObject([{ check: "marts/visits:not_empty", passed: true }]);
  expect(readdirSync(join(root, "defs/demo/out/2026-01-02"))).toContain("_SUCCESS");
});

test(
  "a check of another component's asset is answered by a script of checks alone",
  slow,
  async (context) => {
    const text = `type: lib.PythonScriptComponent
attributes:
  script: ./check.py
  checks: [{ asset: raw/a, name: ok }]
---
type: lib.ExternalAssetsComponent
attributes: { assets: [{ key: raw/a }] }
`;
    const check = `
from dagster_pipes import open_dagster_pipes
with open_dagster_pipes() as context:
    context.report_asset_check(asset_key="raw/a", check_name="ok", passed=True, metadata={"rows": 3})
`;
    const { told } = await run(context, text, {
      files: { "check.py": check },
      request: { assets: [], checks: ["raw/a:ok"] },
    });
    expect(told("step.failed")).toEqual([]);
    expect(told("check.evaluated")).toMatchObject([{ check: "raw/a:ok", metadata: { rows: { value: 3 } } }]);
  },
);

test("a script that fails says where", slow, async (context) => {
  const text =
    "type: lib.PythonScriptComponent\nattributes:\n  script: ./bad.py\n  assets: [{ key: raw/a }]\n";
  const { told, outcome } = await run(context, text, {
    files: { "bad.py": "import pandas\npandas.read_csv('nowhere.csv')\n" },
    request: { assets: ["raw/a"] },
  });
  expect(outcome).toBe("failure");
  expect(told("step.failed")).toMatchObject([
    { error: { message: expect.stringMatching(/bad\.py", line 2(.|\n)*nowhere\.csv/) } },
  ]);
});
