import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import type { AssetKey } from "../../../platform/core/asset-key.ts";
import type { RunId } from "../../../platform/core/run.ts";
import {
  assetKeyOfPipes,
  encodePipesParameter,
  pipesAssetKey,
  pipesContext,
} from "../../../platform/run/pipes/pipes-context.ts";

const facts = {
  runId: "run-1" as RunId,
  job: undefined,
  attempt: 1,
  selectedAssets: ["raw/a", "raw/b"] as AssetKey[],
  partition: undefined,
};
const start = Temporal.ZonedDateTime.from("2026-01-01T00:00[Asia/Seoul]");

test("a process is told of its assets, their code versions, the run and the extras", () => {
  expect(pipesContext({ ...facts, job: "nightly", attempt: 3 }, { "raw/a": "v1" }, { limit: 10 })).toEqual({
    asset_keys: ["raw/a", "raw/b"],
    code_version_by_asset_key: { "raw/a": "v1", "raw/b": null },
    provenance_by_asset_key: { "raw/a": null, "raw/b": null },
    partition_key: null,
    partition_key_range: null,
    partition_time_window: null,
    run_id: "run-1",
    job_name: "nightly",
    retry_number: 2,
    extras: { limit: 10 },
  });
});

test("for a step without assets all that is told by asset is null", () => {
  expect(pipesContext({ ...facts, selectedAssets: [] }, {}, {})).toMatchObject({
    asset_keys: null,
    code_version_by_asset_key: null,
    provenance_by_asset_key: null,
    job_name: null,
  });
});

test.for([
  { keys: ["2026-01-01"], key: "2026-01-01", range: { start: "2026-01-01", end: "2026-01-01" } },
  { keys: ["2026-01-01", "2026-01-03"], key: null, range: { start: "2026-01-01", end: "2026-01-03" } },
])("the slices $keys have the key $key", ({ keys, key, range }) => {
  const window = { start, end: start.add({ days: 1 }) };
  const partition = { keys, key: keys[0], window, dimensions: {} } as never;
  expect(pipesContext({ ...facts, partition }, {}, {})).toMatchObject({
    partition_key: key,
    partition_key_range: range,
    partition_time_window: { start: "2026-01-01T00:00:00+09:00", end: "2026-01-02T00:00:00+09:00" },
  });
});

test("a parameter is JSON, deflated with its header, in base64", () => {
  const bytes = Buffer.from(encodePipesParameter({ path: "/tmp/ü" }), "base64");
  expect(bytes[0]).toBe(0x78);
  expect(JSON.parse(inflateSync(bytes).toString())).toEqual({ path: "/tmp/ü" });
});

test.for([
  { key: "raw/a", text: "raw/a" },
  { key: "raw/a\\b", text: "raw/a\\\\b" },
])("the key $key is written as $text and read back", ({ key, text }) => {
  expect(pipesAssetKey(key as AssetKey)).toBe(text);
  expect(assetKeyOfPipes(text)).toBe(key);
});
