import { expect, test } from "vitest";
import { isReference, reference } from "../../platform/core/reference.ts";

test("a reference keeps its question apart from its argument", () => {
  expect(reference("dbt_model", "shop:orders")).toMatchObject({ kind: "dbt_model", argument: "shop:orders" });
});

test("only what `reference` made is a reference, whatever else it looks like", () => {
  expect(isReference(reference("dbt_model", "orders"))).toBe(true);
  expect(isReference({ kind: "dbt_model", argument: "orders" })).toBe(false);
  expect(isReference("orders")).toBe(false);
  expect(isReference(null)).toBe(false);
});
