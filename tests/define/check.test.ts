import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import { check } from "../../platform/define/check.ts";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [{ id: 1 }]);
const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;

test("a check belongs to its asset, given as definition or by key", () => {
  const expected = { name: "not_empty", asset: "raw/orders", blocking: false, resources: [] };
  const byDefinition = check(orders, "not_empty", {}, () => true);
  expect(byDefinition.checks).toEqual([expected]);
  expect(check("raw/orders", "not_empty", {}, () => true).checks).toEqual([expected]);
  expect(byDefinition.steps).toMatchObject([
    { name: "raw/orders:not_empty", assets: [], checks: ["raw/orders:not_empty"], execution: "check" },
  ]);
  expect(definitionsOf(byDefinition)).toBe(byDefinition);
});

test("what is declared of a check stands in its spec", () => {
  const { spec } = check(
    orders,
    "fresh",
    {
      blocking: true,
      description: "Is it new?",
      resources: ["warehouse"],
      additionalDeps: [orders, "raw/days"],
    },
    () => true,
  );
  expect(spec).toMatchObject({
    blocking: true,
    description: "Is it new?",
    resources: ["warehouse"],
    additionalDeps: ["raw/orders", "raw/days"],
  });
});

test("the answer is told, a plain yes or no as one that passed or not", async () => {
  const values = { "raw/orders": [{ id: 1 }] };
  const full = check(orders, "full", {}, ({ value }) => ({
    passed: value.length > 1,
    severity: "warn",
    metadata: { rows: value.length },
  }));
  expect((await toldBy(stepOf(full), { values })).at(-1)).toEqual([
    "checked",
    "raw/orders:full",
    { passed: false, severity: "warn", metadata: { rows: 1 } },
  ]);
  const some = check(orders, "some", {}, async ({ value }) => value.length > 0);
  expect((await toldBy(stepOf(some), { values })).at(-1)).toEqual([
    "checked",
    "raw/orders:some",
    { passed: true },
  ]);
});

test("a check that does not read the value needs none, and one that does fails without it", async () => {
  const blind = check(orders, "blind", { resources: ["clock"] }, ({ clock }) => clock === "noon");
  expect((await toldBy(stepOf(blind), { resources: { clock: "noon" } })).at(-1)).toEqual([
    "checked",
    "raw/orders:blind",
    { passed: true },
  ]);
  const reading = check(orders, "reading", {}, ({ value }) => value !== undefined);
  await expect(toldBy(stepOf(reading))).rejects.toThrow("nothing is stored of raw/orders");
});
