import { expect, test } from "vitest";
import {
  assetKey,
  assetKeyParts,
  checkKey,
  parseAssetKey,
  prefixAssetKey,
} from "../../platform/core/asset-key.ts";

test("parts are joined by slashes and taken apart again", () => {
  const key = assetKey("raw", "shop", "orders");
  expect(key).toBe("raw/shop/orders");
  expect(assetKeyParts(key)).toEqual(["raw", "shop", "orders"]);
});

test.for([[[]], [[""]], [["raw", ""]], [["raw/orders"]]])("the parts %j make no key", ([parts]) => {
  expect(() => assetKey(...(parts as string[]))).toThrow(RangeError);
});

test.for(["orders", "raw/orders", "Größe/주문", "a b/c d", "orders:v2"])("`%s` is a key", (text) => {
  expect(parseAssetKey(text)).toEqual({ key: text });
});

test.for([
  ["", /empty/],
  ["  ", /empty/],
  ["/orders", /part .* empty/],
  ["raw//orders", /part .* empty/],
  ["raw/", /part .* empty/],
  [" raw", /blank/],
  ["raw\t", /blank/],
  ["raw\u0000orders", /control/],
] as const)("%j is no key, and the reason is told", ([text, reason]) => {
  expect(parseAssetKey(text)).toEqual({ reason: expect.stringMatching(reason) });
});

test("a prefix stands in front of all parts", () => {
  expect(prefixAssetKey(["dev", "ann"], assetKey("raw", "orders"))).toBe("dev/ann/raw/orders");
  expect(prefixAssetKey([], assetKey("orders"))).toBe("orders");
});

test("the key of a check is the asset's key, a colon and its name", () => {
  expect(checkKey(assetKey("raw", "orders"), "not_empty")).toBe("raw/orders:not_empty");
});
