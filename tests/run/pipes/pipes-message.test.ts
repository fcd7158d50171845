import { expect, test } from "vitest";
import { parsePipesMessage } from "../../../platform/run/pipes/pipes-message.ts";

const message = (method: unknown, params?: unknown) =>
  parsePipesMessage(JSON.stringify({ __dagster_pipes_version: "0.1", method, params }));

test.for(["hello", "{}", '{"a": 1}', "[1]", '{"__dagster_pipes_version": "0.1"', "NaN", ""])(
  "%j is no message",
  (line) => {
    expect(parsePipesMessage(line)).toBe(undefined);
  },
);

test.for<[unknown, unknown]>([
  [undefined, {}],
  ["shout", {}],
  ["toString", {}],
  ["log", [1]],
  ["log", {}],
  ["report_asset_materialization", { asset_key: 3 }],
  ["report_asset_materialization", { asset_key: "a", data_version: 3 }],
  ["report_asset_materialization", { asset_key: "a", metadata: [] }],
  ["report_asset_check", { asset_key: "a", check_name: "c", passed: 1 }],
  ["report_asset_check", { asset_key: "a", check_name: "c", passed: true, severity: "FATAL" }],
  ["report_asset_check", { asset_key: "a", passed: true }],
  ["log_external_stream", { stream: "tape", text: "" }],
])("a message %s of %j cannot be taken", ([method, params]) => {
  expect(message(method, params)).toEqual({ reason: expect.any(String) });
});

test.for<[string, unknown, object]>([
  ["opened", { extras: {} }, {}],
  ["opened", null, {}],
  ["closed", {}, {}],
  ["log", { message: "m", level: "warning" }, { level: "WARNING", message: "m" }],
  ["log", { message: "m" }, { level: "INFO", message: "m" }],
  [
    "report_asset_materialization",
    { asset_key: "a/b", data_version: "v", metadata: { rows: 1 } },
    { asset: "a/b", dataVersion: "v", metadata: { rows: 1 } },
  ],
  ["report_asset_materialization", {}, { asset: undefined, metadata: {} }],
  [
    "report_asset_check",
    { asset_key: "a", check_name: "c", passed: false, severity: "WARN", metadata: null },
    { asset: "a", check: "c", passed: false, severity: "warn", metadata: {} },
  ],
  ["report_custom_message", { payload: [1, null] }, { payload: [1, null] }],
  ["report_custom_message", {}, { payload: null }],
  ["log_external_stream", { stream: "stderr", text: "t", extras: {} }, { stream: "stderr", text: "t" }],
])("%s of %j is read", ([method, params, told]) => {
  expect(message(method, params)).toEqual({ method, ...told });
});

test("an exception is read with what led to it, without its name before the message", () => {
  const inner = { message: "KeyError: 'a'\n", stack: ["f1\n"], name: "KeyError", cause: null, context: null };
  const outer = { message: "bad\n", stack: [], name: null, cause: null, context: inner };
  expect(message("closed", { exception: outer })).toEqual({
    method: "closed",
    exception: {
      name: "Exception",
      message: "bad",
      frames: [],
      cause: { name: "KeyError", message: "'a'", frames: ["f1\n"] },
    },
  });
});

test("numbers that only Python can write become text", () => {
  const line =
    '{"__dagster_pipes_version": "0.1", "method": "report_custom_message", "params": {"payload": [NaN, -Infinity, "NaN, \\"Infinity", 9007199254740993, 1e300, 7]}}';
  expect(parsePipesMessage(line)).toMatchObject({
    payload: ["NaN", "-Infinity", 'NaN, "Infinity', "9007199254740993", 1e300, 7],
  });
});
