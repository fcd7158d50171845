import { expect, test } from "vitest";
import { reference } from "../../platform/core/reference.ts";
import { assetKeyType } from "../../platform/define/asset-key-attribute.ts";
import { hintsOf, readWith } from "./told.ts";

test.for<[unknown, string]>([
  ["orders", "orders"],
  ["raw/shop/orders", "raw/shop/orders"],
  [" raw/orders\n", "raw/orders"],
  [["raw", "orders"], "raw/orders"],
])("%j is the key `%s`", ([written, value]) => {
  expect(readWith(assetKeyType, written)).toEqual({ value, told: [] });
});

test.for<[unknown]>([
  [""],
  ["  "],
  ["raw//orders"],
  ["/orders"],
  [[]],
  [["raw", ""]],
  [["raw", 1]],
  [null],
  [7],
  [{ key: "orders" }],
])("%j is no key", ([written]) => {
  expect(readWith(assetKeyType, written)).toEqual({ value: undefined, told: [": invalid-asset-key"] });
});

test("a key that is null is told to come from something without a value", () => {
  expect(hintsOf(assetKeyType, null)).toEqual([expect.stringContaining("no value")]);
  expect(hintsOf(assetKeyType, 7)).toEqual([undefined]);
});

test("a template may give a reference in place of a key", () => {
  expect(assetKeyType.isReady(reference("dbt_model", "orders"))).toBe(true);
  expect(assetKeyType.isReady("orders")).toBe(false);
});
