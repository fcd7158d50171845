import { expect, test } from "vitest";
import {
  assetAttributesOf,
  assetFieldNames,
  assetFieldsOf,
  isAssetFieldAttribute,
} from "../../platform/core/asset-fields.ts";
import { assetKey } from "../../platform/core/asset-key.ts";

test("attributes become the fields of a spec, and what is unset or unknown is left out", () => {
  const attributes = {
    group_name: "marts",
    code_version: "2",
    io: undefined,
    pool: null,
    key: "raw/orders",
    constructor: "x",
  };
  expect(assetFieldsOf(attributes)).toEqual({ groupName: "marts", codeVersion: "2" });
});

test("metadata gets types", () => {
  expect(assetFieldsOf({ metadata: { rows: 3 } })).toEqual({ metadata: { rows: { type: "int", value: 3 } } });
});

test.for<[object, object]>([
  [{}, { maxRetries: 1 }],
  [
    { max_retries: 3, delay: 2.5, backoff: "EXPONENTIAL", jitter: "PLUS_MINUS" },
    { maxRetries: 3, delaySeconds: 2.5, backoff: "exponential", jitter: "plus_minus" },
  ],
  [
    { maxRetries: 2, backoff: "linear" },
    { maxRetries: 2, backoff: "linear" },
  ],
])("the retry policy %j is read", ([written, retryPolicy]) => {
  expect(assetFieldsOf({ retry_policy: written })).toEqual({ retryPolicy });
});

test.for<[object, object]>([
  [{ type: "single_run" }, { type: "single_run" }],
  [{ type: "multi_run" }, { type: "multi_run", maxPartitionsPerRun: 1 }],
  [
    { type: "multi_run", max_partitions_per_run: 30 },
    { type: "multi_run", maxPartitionsPerRun: 30 },
  ],
  [
    { type: "multi_run", maxPartitionsPerRun: 7 },
    { type: "multi_run", maxPartitionsPerRun: 7 },
  ],
])("the backfill policy %j is read", ([written, backfillPolicy]) => {
  expect(assetFieldsOf({ backfill_policy: written })).toEqual({ backfillPolicy });
});

test("templates see a spec under the names of its attributes, with plain metadata", () => {
  const spec = {
    key: assetKey("orders"),
    groupName: "marts",
    metadata: { rows: { type: "int", value: 3 } as const },
    resources: ["warehouse"],
  };
  expect(assetAttributesOf(spec)).toMatchObject({
    key: "orders",
    group_name: "marts",
    metadata: { rows: 3 },
  });
  expect(assetAttributesOf(spec)).not.toHaveProperty("resources");
});

test("templates see every attribute, an unset one as empty or null", () => {
  const attributes = assetAttributesOf({ key: assetKey("orders") });
  expect(Object.keys(attributes).toSorted()).toEqual(["key", ...Object.keys(assetFieldNames)].toSorted());
  expect(attributes).toMatchObject({ deps: [], tags: {}, metadata: {}, owners: [], description: null });
});

test("names that every object has are no attributes", () => {
  expect(Object.keys(assetFieldNames).every(isAssetFieldAttribute)).toBe(true);
  expect(["key", "toString", "__proto__"].some(isAssetFieldAttribute)).toBe(false);
});
