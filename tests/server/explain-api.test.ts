import { Check } from "typebox/schema";
import { expect, test } from "vitest";
import { explanationSchema } from "../../platform/server/explain-schemas.ts";
import { servedShop } from "./served-shop.ts";

test("an asset is explained under its key, slashes and all, in the shape that is described", async () => {
  const { json } = await servedShop();
  const explanation = await json("/api/v1/assets/raw/orders/explain");
  expect(explanation).toMatchObject({ schema: "dop.explain/1", entity: "raw/orders" });
  expect(Check(explanationSchema, explanation)).toBe(true);
});

test("the asset itself is still answered under its key", async () => {
  const { json } = await servedShop();
  expect((await json("/api/v1/assets/raw/orders")).asset.key).toBe("raw/orders");
});

test.for([
  { what: "an asset that does not exist", path: "raw/nothing/explain", status: 404, code: "unknown-asset" },
  {
    what: "a moment that is none",
    path: "raw/orders/explain?at_ms=soon",
    status: 400,
    code: "invalid-query",
  },
])("$what is refused", async ({ path, status, code }) => {
  const { request } = await servedShop();
  const response = await request(`/api/v1/assets/${path}`, {
    headers: { authorization: "Bearer shop-token" },
  });
  expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([status, code]);
});

test("a component that lacks a variable is named for its asset", async () => {
  const { json } = await servedShop();
  const { causes } = await json("/api/v1/assets/raw/payments/explain");
  expect(causes.map(({ code }: { code: string }) => code)).toContain("variable_missing");
});

test("of a moment that passed before any tick nothing is known", async () => {
  const { json } = await servedShop();
  const explanation = await json("/api/v1/assets/raw/orders/explain?at_ms=1000");
  expect(explanation.missing_evidence).toHaveLength(1);
});
