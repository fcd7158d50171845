import { expect, test } from "vitest";
import type { StepDefinition } from "../../platform/define/step.ts";
import { asset, check, multiCheck, Type } from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [{ id: 1 }]);
const both = multiCheck(
  {
    asset: orders,
    checks: { filled: { blocking: true }, known: { asset: "raw/days", description: "Is every day there?" } },
    ins: { days: "raw/days" },
    canSubset: true,
  },
  ({ value }) => ({ filled: value.length > 0, known: { passed: false, severity: "warn" } }),
);
const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;
const values = { "raw/orders": [{ id: 1 }], "raw/days": [] };

test("checks that one function answers are of one step, each about its asset", () => {
  expect(both.checks).toMatchObject([
    { name: "filled", asset: "raw/orders", blocking: true, additionalDeps: ["raw/days"] },
    { name: "known", asset: "raw/days", blocking: false, description: "Is every day there?" },
  ]);
  expect(both.steps).toMatchObject([
    {
      name: "raw/orders:filled",
      checks: ["raw/orders:filled", "raw/days:known"],
      execution: "check",
      canSubset: true,
    },
  ]);
});

test("each answer is told of its check", async () => {
  expect((await toldBy(stepOf(both), { values })).filter(([what]) => what === "checked")).toEqual([
    ["checked", "raw/orders:filled", { passed: true }],
    ["checked", "raw/days:known", { passed: false, severity: "warn" }],
  ]);
});

test("an answer to what was not asked is not told", async () => {
  const told = await toldBy(stepOf(both), { values, selectedChecks: ["raw/days:known"] });
  expect(told.filter(([what]) => what === "checked")).toMatchObject([["checked", "raw/days:known", {}]]);
});

test("an answer to no check of the function fails", async () => {
  const wrong = multiCheck({ asset: orders, checks: { filled: {} } }, () => ({ empty: true }) as object);
  await expect(toldBy(stepOf(wrong), { values })).rejects.toMatchObject({ name: "StepError" });
});

test("a check without an asset is refused", () => {
  expect(() => multiCheck({ checks: { filled: {} } }, () => ({}))).toThrow(RangeError);
});

test("checks can be asked directly", async () => {
  expect(await both.call({ value: [] })).toEqual({
    filled: { passed: false },
    known: { passed: false, severity: "warn" },
  });
  const least = check(
    orders,
    "least",
    { config: Type.Object({ rows: Type.Integer({ default: 2 }) }) },
    ({ value, config }) => value.length >= config.rows,
  );
  expect(await least.call({ value: [{ id: 1 }] })).toEqual({ passed: false });
  expect(await least.call({ value: [{ id: 1 }], config: { rows: 1 } })).toEqual({ passed: true });
});

test("the value of a check has the type of its asset", () => {
  check(orders, "typed", {}, ({ value }) => {
    const ids: number[] = value.map(({ id }) => id);
    // @ts-expect-error: an order has no colour
    return value.every(({ colour }) => colour) && ids.length > 0;
  });
  // @ts-expect-error: a check is answered by yes or no
  check(orders, "wrong", {}, () => 3);
  // @ts-expect-error: no such check
  multiCheck({ asset: orders, checks: { filled: {} } }, () => ({ full: true }));
  expect(orders.key).toBe("raw/orders");
});
