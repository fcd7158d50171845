// The published Python library against our side of the protocol.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { daily } from "../../../platform/define/partitions.ts";
import type { PipesOptions } from "../../../platform/define/step.ts";
import { requireTool } from "../../require-tool.ts";
import { type PythonStep, runPython } from "./python-step.ts";

/** Two cores that are busy need seconds to start Python. */
const slow = { timeout: 60_000 };

const run = (context: TestContext, step: PythonStep) =>
  runPython(requireTool(context, "dagster_pipes"), step);

/** A script whose lines stand inside `with open_dagster_pipes() as context`. */
const script = (body: string, how = "") => `
import json, os, sys, time
from dagster_pipes import *
with open_dagster_pipes(${how}) as context:
${body.replaceAll(/^/gm, "    ")}
`;

const ways: readonly { readonly way: string; readonly pipes: PipesOptions; readonly how: string }[] = [
  { way: "files named by variables", pipes: {}, how: "" },
  { way: "variables alone, and standard output", pipes: { context: "inline", messages: "stdout" }, how: "" },
  {
    way: "arguments alone, and standard error",
    pipes: { context: "inline", messages: "stderr", parameters: "arguments" },
    how: "params_loader=PipesCliArgsParamsLoader()",
  },
  {
    way: "files named by arguments",
    pipes: { parameters: "arguments" },
    how: "params_loader=PipesCliArgsParamsLoader()",
  },
];

const extras: readonly object[] = [
  { foo: "bar" },
  { foo: "bar", baz: 1, qux: [1, 2, 3], quux: { a: 1, b: 2 }, corge: null, text: "ü\n\u{1F600}" },
];

test.for(ways.flatMap((way) => extras.map((given, index) => ({ ...way, given, index }))))(
  "by $way a script gets its context, and extras $index as they are",
  slow,
  async ({ pipes, how, given }, context) => {
    const body = `
context.report_custom_message({"extras": dict(context.extras), "run": context.run_id, "job": context.job_name,
  "asset": context.asset_key, "version": context.code_version, "retry": context.retry_number, "provenance": context.provenance,
  "is_asset": context.is_asset_step, "is_partition": context.is_partition_step})
print("plain")
print("aside", file=sys.stderr)
context.log.info("hello")
`;
    const ended = await run(context, {
      script: script(body, how),
      assets: [{ key: "raw/a", codeVersion: "v7" }],
      pipes: { ...pipes, extras: given as NonNullable<PipesOptions["extras"]> },
      run: { request: { job: "nightly" } },
    });
    expect(ended.of("step.failed")).toEqual([]);
    expect(ended.results[0]?.customMessages).toEqual([
      {
        extras: given,
        run: "run-1",
        job: "nightly",
        asset: "raw/a",
        version: "v7",
        retry: 0,
        provenance: null,
        is_asset: true,
        is_partition: false,
      },
    ]);
    expect(ended.of("log")).toMatchObject([{ level: "info", message: "hello" }]);
    expect(readFileSync(join(ended.logFolder, "step.out"), "utf8")).toBe("plain\n");
    expect(readFileSync(join(ended.logFolder, "step.err"), "utf8")).toBe("aside\n");
    expect(ended.of("asset.materialized")).toMatchObject([{ asset: "raw/a", codeVersion: "v7" }]);
  },
);

test("metadata of every type arrives as its own", slow, async (context) => {
  requireTool(context, "pandas");
  const body = `
import pandas as pd
frame = pd.DataFrame({"id": [1, 2], "name": ["a", "b"], "amount": [1.5, None]})
frame.to_csv("frame.csv", index=False)
schema = [{"name": name, "type": str(kind)} for name, kind in frame.dtypes.items()]
context.report_asset_materialization(data_version="alpha", metadata={
  "rows": len(frame), "mean": float(frame["amount"].mean()), "nothing": float("nan"), "big": 2**63, "ok": True, "none": None, "list": [1, "a"],
  "text": {"raw_value": "hello", "type": "text"},
  "url": {"raw_value": "https://dagster.io", "type": "url"},
  "path": {"raw_value": "/dev/null", "type": "path"},
  "notebook": {"raw_value": "notebook.ipynb", "type": "notebook"},
  "json": {"raw_value": {"quux": {"a": 1}, "corge": None}, "type": "json"},
  "md": {"raw_value": frame.to_html(), "type": "md"},
  "float": {"raw_value": 0.1, "type": "float"},
  "int": {"raw_value": int(frame["id"].sum()), "type": "int"},
  "bool": {"raw_value": False, "type": "bool"},
  "run": {"raw_value": context.run_id, "type": "dagster_run"},
  "asset": {"raw_value": "foo/bar", "type": "asset"},
  "null": {"raw_value": None, "type": "null"},
  "table": {"raw_value": {"records": frame[["id", "name"]].to_dict("records"), "schema": schema[:2]}, "type": "table"},
  "table_schema": {"raw_value": {"columns": schema}, "type": "table_schema"},
  "lineage": {"raw_value": {"deps_by_column": {"id": [{"asset_key": "raw/b", "column_name": "key"}]}}, "type": "table_column_lineage"},
  "timestamp": {"raw_value": 1700000000.5, "type": "timestamp"},
})
`;
  const ended = await run(context, { script: script(body) });
  expect(ended.of("step.failed")).toEqual([]);
  expect(ended.of("asset.materialized")).toMatchObject([{ dataVersion: "alpha" }]);
  const columns = [
    { name: "id", type: "int64" },
    { name: "name", type: "str" },
  ];
  expect(ended.of("asset.materialized")[0]?.metadata).toEqual({
    rows: { type: "int", value: 2 },
    mean: { type: "float", value: 1.5 },
    nothing: { type: "text", value: "NaN" },
    big: { type: "text", value: "9223372036854775808" },
    ok: { type: "bool", value: true },
    none: { type: "null", value: null },
    list: { type: "json", value: [1, "a"] },
    text: { type: "text", value: "hello" },
    url: { type: "url", value: "https://dagster.io" },
    path: { type: "path", value: "/dev/null" },
    notebook: { type: "notebook", value: "notebook.ipynb" },
    json: { type: "json", value: { quux: { a: 1 }, corge: null } },
    md: { type: "md", value: expect.stringContaining("<table") },
    float: { type: "float", value: 0.1 },
    int: { type: "int", value: 3 },
    bool: { type: "bool", value: false },
    run: { type: "run", value: "run-1" },
    asset: { type: "asset", value: "foo/bar" },
    null: { type: "null", value: null },
    table: {
      type: "table",
      value: {
        columns,
        rows: [
          { id: 1, name: "a" },
          { id: 2, name: "b" },
        ],
      },
    },
    table_schema: {
      type: "table_schema",
      value: { columns: [...columns, { name: "amount", type: "float64" }] },
    },
    lineage: { type: "table_column_lineage", value: { id: [{ asset: "raw/b", column: "key" }] } },
    timestamp: { type: "timestamp", value: 1_700_000_000_500 },
  });
});

test(
  "of several assets those that are not reported are materialized at the end all the same",
  slow,
  async (context) => {
    const body = `context.report_asset_materialization(asset_key="raw/b", metadata={"rows": 1})`;
    const ended = await run(context, { script: script(body), assets: [{ key: "raw/a" }, { key: "raw/b" }] });
    expect(ended.of("asset.materialized").map(({ asset, metadata }) => [asset, metadata])).toEqual([
      ["raw/b", { rows: { type: "int", value: 1 } }],
      ["raw/a", {}],
    ]);
  },
);

test(
  "a script that names an asset which was not selected fails with the library's own words",
  slow,
  async (context) => {
    const ended = await run(context, {
      script: script(`context.report_asset_materialization(asset_key="raw/c")`),
    });
    expect(ended.of("step.failed")[0]?.error.cause).toMatchObject({
      name: "DagsterPipesError",
      message: expect.stringContaining("raw/c"),
    });
  },
);

test.for([
  { passed: true, severity: "WARN", key: 'asset_key="raw/a"' },
  { passed: true, severity: "ERROR", key: "asset_key=None" },
  { passed: false, severity: "WARN", key: "asset_key=None" },
  { passed: false, severity: "ERROR", key: 'asset_key="raw/a"' },
])(
  "a check that $severity $passed is evaluated so, with $key",
  slow,
  async ({ passed, severity, key }, context) => {
    const python = passed ? "True" : "False";
    const body = `context.report_asset_check(check_name="ok", passed=${python}, severity="${severity}", metadata={"n": 1}, ${key})`;
    const ended = await run(context, { script: script(body), checks: ["ok"] });
    expect(ended.of("check.evaluated")).toMatchObject([
      {
        check: "raw/a:ok",
        passed,
        severity: severity.toLowerCase(),
        metadata: { n: { type: "int", value: 1 } },
      },
    ]);
  },
);

test("a step of checks alone is told of no asset and answers by the asset's key", slow, async (context) => {
  const body = `
assert not context.is_asset_step
context.report_asset_check(asset_key="raw/a", check_name="ok", passed=True)
`;
  const ended = await run(context, {
    script: script(body),
    checks: ["ok"],
    definition: { assets: [], execution: "check" },
    run: { request: { assets: [], checks: ["raw/a:ok"] as never } },
  });
  expect(ended.of("step.failed")).toEqual([]);
  expect(ended.of("check.evaluated")).toMatchObject([{ check: "raw/a:ok", passed: true }]);
});

test("a script works on its slice and window", slow, async (context) => {
  const body = `
w = context.partition_time_window
r = context.partition_key_range
context.report_custom_message([context.partition_key, r["start"], r["end"], w["start"], w["end"]])
context.report_asset_materialization()
`;
  const ended = await run(context, {
    script: script(body),
    assets: [{ key: "raw/a", partitions: daily({ start: "2026-01-01", timeZone: "Asia/Seoul" }) }],
    run: { request: { partitions: { kind: "keys", keys: ["2026-01-02"] } as never } },
  });
  expect(ended.of("step.failed")).toEqual([]);
  expect(ended.results[0]?.customMessages).toEqual([
    ["2026-01-02", "2026-01-02", "2026-01-02", "2026-01-02T00:00:00+09:00", "2026-01-03T00:00:00+09:00"],
  ]);
  expect(ended.of("asset.materialized")).toMatchObject([{ partition: "2026-01-02" }]);
});

test("several slices in one step are a range, and each is reported", slow, async (context) => {
  const body = `
r = context.partition_key_range
context.report_custom_message([r["start"], r["end"]])
context.report_asset_materialization(metadata={"rows": 2})
`;
  const ended = await run(context, {
    script: script(body),
    assets: [
      {
        key: "raw/a",
        partitions: daily({ start: "2026-01-01" }),
        backfillPolicy: { type: "single_run" },
      },
    ],
    run: { request: { partitions: { kind: "keys", keys: ["2026-01-02", "2026-01-03"] } as never } },
  });
  expect(ended.results[0]?.customMessages).toEqual([["2026-01-02", "2026-01-03"]]);
  expect(ended.of("asset.materialized").map(({ partition }) => partition)).toEqual([
    "2026-01-02",
    "2026-01-03",
  ]);
});

test(
  "keys and code versions are told without the environment's prefix, and reports get it back",
  slow,
  async (context) => {
    const body = `
context.report_custom_message([context.asset_key, context.code_version])
context.report_asset_materialization(asset_key="raw/a", metadata={"rows": 1})
context.report_asset_check(asset_key="raw/a", check_name="ok", passed=True)
`;
    const ended = await run(context, {
      script: script(body),
      assets: [{ key: "dev/raw/a", codeVersion: "v7" }],
      checks: ["ok"],
      keyPrefix: "dev",
    });
    expect(ended.of("step.failed")).toEqual([]);
    expect(ended.results[0]?.customMessages).toEqual([["raw/a", "v7"]]);
    expect(ended.of("asset.materialized")).toMatchObject([
      { asset: "dev/raw/a", metadata: { rows: { value: 1 } } },
    ]);
    expect(ended.of("check.evaluated")).toMatchObject([{ check: "dev/raw/a:ok" }]);
  },
);

const payloads: readonly unknown[] = [{ foo: "bar" }, { corge: null }, 1, 1.5, "foo", [1, 2, 3], null];

test("custom messages are given to whoever called", slow, async (context) => {
  const body = `
for payload in json.loads(context.get_extra("payloads")): context.report_custom_message(payload)
`;
  const ended = await run(context, {
    script: script(body),
    pipes: { extras: { payloads: JSON.stringify(payloads) } },
  });
  expect(ended.results[0]?.customMessages).toEqual(payloads);
});

test("an exception fails the step and is its cause, with its own cause and stack", slow, async (context) => {
  const body = `
try:
    {}["key"]
except KeyError as inner:
    raise ValueError("Very bad error has happened!") from inner
`;
  const ended = await run(context, { script: script(body) });
  const [failed] = ended.of("step.failed");
  expect(failed?.error).toMatchObject({
    name: "StepError",
    message: expect.stringMatching(/exit code 1\n(.|\n)*ValueError: Very bad error has happened!/),
    cause: {
      name: "ValueError",
      message: "Very bad error has happened!",
      stack: expect.stringContaining('script.py", line'),
      cause: { name: "KeyError", message: "'key'" },
    },
  });
  expect(ended.of("asset.failed")).toMatchObject([{ asset: "raw/a" }]);
  expect(ended.of("asset.materialized")).toEqual([]);
});

test("a failed script is tried again, and knows that it is", slow, async (context) => {
  const body = `
context.log.info(f"try {context.retry_number}")
if context.retry_number == 0: raise SystemExit(3)
`;
  const ended = await run(context, {
    script: script(body),
    definition: { retryPolicy: { maxRetries: 1, delaySeconds: 0 } as never },
  });
  expect(ended.outcome).toBe("success");
  expect(ended.of("log").map(({ message }) => message)).toEqual(["try 0", "try 1"]);
});

test(
  "an exit code fails the step after a clean close; what was reported stays reported",
  slow,
  async (context) => {
    const ended = await run(context, {
      script: `${script("context.report_asset_materialization()")}\nsys.exit(4)`,
    });
    expect(ended.of("step.failed")[0]?.error.message).toContain("exit code 4");
    expect(ended.of("asset.materialized")).toMatchObject([{ asset: "raw/a" }]);
  },
);

test("each level of the log is kept", slow, async (context) => {
  const body = `
context.log.setLevel("DEBUG")
for level in ("debug", "info", "warning", "error", "critical"): getattr(context.log, level)(level)
context.log.log(25, "own")
`;
  const ended = await run(context, { script: script(body) });
  expect(ended.of("log").map(({ level, message }) => [message, level])).toEqual([
    ["debug", "debug"],
    ["info", "info"],
    ["warning", "warning"],
    ["error", "error"],
    ["critical", "error"],
    ["own", "info"],
  ]);
});

test(
  "output that is sent as messages is captured, and brings no warning when it comes late",
  slow,
  async (context) => {
    const body = `
context.log_external_stream("stderr", "from elsewhere")
os.system("echo from a child")
`;
    const ended = await run(context, { script: script(body), pipes: { includeStdio: true } });
    expect(ended.of("log")).toEqual([]);
    const of = (text: string, file: string) =>
      readFileSync(join(ended.logFolder, file), "utf8")
        .split("\n")
        .filter((line) => line.includes(text)).length;
    expect(of("from a child", "step.out")).toBe(2);
    expect(of("from elsewhere", "step.err")).toBe(1);
  },
);

test("secrets that a script reports are masked everywhere", slow, async (context) => {
  const body = `
context.log.info("token is " + context.get_extra("token"))
context.report_asset_materialization(metadata={"token": context.get_extra("token")})
print(context.get_extra("token"))
raise RuntimeError(context.get_extra("token"))
`;
  const ended = await run(context, {
    script: script(body),
    pipes: { extras: { token: "s3cr3t-token" } },
    run: { secrets: ["s3cr3t-token"] },
  });
  expect(JSON.stringify(ended.events)).not.toContain("s3cr3t-token");
  expect(ended.of("log")[0]?.message).toBe("token is •••");
  expect(readFileSync(join(ended.logFolder, "step.out"), "utf8")).toBe("•••\n");
  expect(ended.of("step.failed")[0]?.error.cause).toMatchObject({ message: "•••" });
});

test("a script that is killed fails the step, and what it had reported is kept", slow, async (context) => {
  const body = `
context.report_asset_materialization(metadata={"rows": 1})
os.kill(os.getpid(), 9)
`;
  const ended = await run(context, { script: script(body) });
  expect(ended.of("step.failed")[0]?.error.message).toContain("SIGKILL");
  expect(ended.of("asset.materialized")).toMatchObject([{ metadata: { rows: { value: 1 } } }]);
  expect(ended.of("log")).toMatchObject([{ level: "warning", message: expect.stringContaining("close") }]);
});

test("a cancelled run interrupts the script, which may tidy up", slow, async (context) => {
  const abort = new AbortController();
  const body = `
context.log.info("begun")
try:
    time.sleep(60)
except KeyboardInterrupt:
    open("tidied", "w").close()
    raise
`;
  const ended = await run(context, {
    script: script(body),
    run: {
      signal: abort.signal,
      abortGraceMs: 8000,
      emit: (event) => {
        if (event.type === "log" && event.message === "begun") abort.abort();
      },
    },
  });
  expect(ended.outcome).toBe("canceled");
  expect(existsSync(join(ended.folder, "tidied"))).toBe(true);
});

test("a script that takes no notice of the interruption is killed", slow, async (context) => {
  const abort = new AbortController();
  const body = `
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
context.report_custom_message(os.getpid())
context.log.info(f"pid {os.getpid()}")
time.sleep(60)
`;
  let pid = 0;
  const ended = await run(context, {
    script: script(body),
    run: {
      signal: abort.signal,
      subprocessGraceMs: 200,
      abortGraceMs: 8000,
      emit: (event) => {
        if (event.type !== "log") return;
        pid = Number(event.message.replace("pid ", ""));
        abort.abort();
      },
    },
  });
  expect(ended.outcome).toBe("canceled");
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("10,000 messages arrive, each once and in order", slow, async (context) => {
  const body = `
for number in range(10000): context.report_custom_message(number)
`;
  const ended = await run(context, { script: script(body) });
  expect(ended.results[0]?.customMessages).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
});

test(
  "metadata that is nested too deep to be stored fails the step and not the worker",
  slow,
  async (context) => {
    const body = `
nested = "[" * 100000 + "]" * 100000
with open(json.loads(__import__("zlib").decompress(__import__("base64").b64decode(os.environ["DAGSTER_PIPES_MESSAGES"])))["path"], "a") as f:
    f.write('{"__dagster_pipes_version": "0.1", "method": "report_asset_materialization", "params": {"asset_key": "raw/a", "metadata": {"m": {"type": "json", "raw_value": ' + nested + '}}}}\\n')
`;
    const ended = await run(context, { script: script(body) });
    expect(ended.outcome).toBe("failure");
    expect(ended.of("step.failed")[0]?.error).toMatchObject({ name: "StepError" });
  },
);

test(
  "without a host the library does nothing, and the step warns that it heard nothing",
  slow,
  async (context) => {
    const ended = await run(context, { script: "print('no pipes')" });
    expect(ended.outcome).toBe("success");
    expect(ended.of("log")).toMatchObject([{ level: "warning" }]);
    expect(ended.of("asset.materialized")).toMatchObject([{ asset: "raw/a", metadata: {} }]);
  },
);
