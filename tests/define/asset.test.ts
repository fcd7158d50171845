import { expect, test } from "vitest";
import { eager } from "../../platform/core/condition-builders.ts";
import { reference } from "../../platform/core/reference.ts";
import { asset } from "../../platform/define/asset.ts";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import { materializeResult, output } from "../../platform/define/output.ts";
import { daily } from "../../platform/define/partitions.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [{ id: 1 }]);
const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;

test("the least that an asset needs is a key and a function", () => {
  expect(orders.key).toBe("raw/orders");
  expect(orders.assets).toEqual([{ key: "raw/orders", deps: [], resources: [] }]);
  expect(orders.steps).toMatchObject([
    { name: "raw/orders", assets: ["raw/orders"], checks: [], canSubset: false, execution: "materialize" },
  ]);
  expect(definitionsOf(orders)).toBe(orders);
  expect(definitionsOf({ ...orders.spec })).toBeUndefined();
});

test("everything that is declared stands in the spec, under the spec's names", () => {
  const partitions = daily({ start: "2026-01-01" });
  const declared = {
    description: "What was sold.",
    owners: ["team:data"],
    tags: { tier: "gold" },
    kinds: ["duckdb"],
    automationCondition: eager(),
    partitions,
    io: "csv",
    codeVersion: "3",
  };
  const { spec } = asset({ key: "a", group: "marts", metadata: { rows: 3 }, ...declared }, () => 1);
  expect(spec).toEqual({
    key: "a",
    deps: [],
    resources: [],
    groupName: "marts",
    metadata: { rows: { type: "int", value: 3 } },
    ...declared,
  });
});

test("deps are the inputs and then what is only awaited", () => {
  const model = reference("dbt_model", "orders");
  const { spec } = asset(
    { key: "mart/a", ins: { orders, rates: "raw/rates" }, deps: [orders, "raw/days", model] },
    () => 1,
  );
  expect(spec.deps).toEqual(["raw/orders", "raw/rates", "raw/orders", "raw/days", model]);
});

test.for(["", "raw//orders", " raw"])("the key %j is refused where it is written", (key) => {
  expect(() => asset({ key }, () => 1)).toThrow(RangeError);
  expect(() => asset({ key: "a", ins: { rows: key } }, () => 1)).toThrow(RangeError);
  expect(() => asset({ key: "a", deps: [key] }, () => 1)).toThrow(RangeError);
});

test("what concerns the step stands in the step too", () => {
  const definition = asset(
    {
      key: "a",
      pool: "warehouse",
      retryPolicy: { maxRetries: 2 },
      resources: ["warehouse"],
      timeoutSeconds: 60,
      observable: true,
    },
    () => undefined,
  );
  expect(stepOf(definition)).toMatchObject({
    pool: "warehouse",
    retryPolicy: { maxRetries: 2 },
    resources: ["warehouse"],
    timeoutSeconds: 60,
    execution: "observe",
  });
  expect(definition.spec).not.toHaveProperty("timeoutSeconds");
});

const metadata = { rows: 3 };

test.for<[string, unknown, unknown[]]>([
  ["a value is stored", [{ id: 1 }], ["store", "a", [{ id: 1 }]]],
  ["null is a value", null, ["store", "a", null]],
  ["a promise is waited for", Promise.resolve(5), ["store", "a", 5]],
  ["nothing means stored already", undefined, ["materialized", "a"]],
  ["a value with metadata is stored with it", output(5, { metadata }), ["store", "a", 5, { metadata }]],
  [
    "a result without a value means stored already",
    materializeResult({ metadata, dataVersion: "v1" }),
    ["materialized", "a", { metadata, dataVersion: "v1" }],
  ],
])("what a function gives: %s", async ([, result, told]) => {
  const [report] = await toldBy(stepOf(asset({ key: "a" }, () => result)));
  expect((report as unknown[]).map((part) => (isMarked(part) ? { ...part } : part))).toEqual(told);
});

test.for<[string, unknown, unknown[]]>([
  ["a value", 5, ["observed", "a"]],
  ["a result", materializeResult({ dataVersion: "v1" }), ["observed", "a", { dataVersion: "v1" }]],
])("an observable asset is observed and never stored, given %s", async ([, result, told]) => {
  const [report] = await toldBy(stepOf(asset({ key: "a", observable: true }, () => result)));
  expect((report as unknown[]).map((part) => (isMarked(part) ? { ...part } : part))).toEqual(told);
});

/** The mark of a result is no field of the report; its symbol is left out of comparisons. */
function isMarked(part: unknown): part is Record<string, unknown> {
  if (typeof part !== "object" || part === null || Array.isArray(part)) return false;
  for (const symbol of Object.getOwnPropertySymbols(part)) delete (part as Record<symbol, unknown>)[symbol];
  return true;
}

test("a function gets its inputs, its resources and the context by name", async () => {
  const definition = asset(
    { key: "mart/a", ins: { orders, rates: "raw/rates" }, resources: ["warehouse"] },
    ({ orders: rows, rates, warehouse, tags, partition, context }) => ({
      rows,
      rates,
      warehouse,
      team: tags["team"],
      day: partition?.key,
      step: context.step.name,
    }),
  );
  const values = { "raw/orders": [{ id: 7 }], "raw/rates": 1.5 };
  const told = await toldBy(stepOf(definition), {
    values,
    resources: { warehouse: "wh" },
    partition: "2026-01-01",
  });
  expect(told).toEqual([
    ["load", "raw/orders"],
    ["load", "raw/rates"],
    [
      "store",
      "mart/a",
      { rows: [{ id: 7 }], rates: 1.5, warehouse: "wh", team: "data", day: "2026-01-01", step: "mart/a" },
    ],
  ]);
});

test("an input may have a name that the context has as well", async () => {
  const definition = asset({ key: "a", ins: { tags: "raw/tags" } }, ({ tags, context }) => [
    tags,
    context.tags["team"],
  ]);
  const told = await toldBy(stepOf(definition), { values: { "raw/tags": ["x"] } });
  expect(told.at(-1)).toEqual(["store", "a", [["x"], "data"]]);
});

test("a function that fails, or an input that is not there, fails the step", async () => {
  const failing = asset({ key: "a" }, () => {
    throw new RangeError("no rows");
  });
  await expect(toldBy(stepOf(failing))).rejects.toThrow(RangeError);
  const hungry = asset({ key: "a", ins: { orders } }, () => 1);
  await expect(toldBy(stepOf(hungry))).rejects.toThrow("nothing is stored of raw/orders");
});

test("a function can be called without a run", async () => {
  const double = asset({ key: "a", ins: { orders } }, ({ orders: rows }) => [...rows, ...rows]);
  expect(await double.call({ orders: [{ id: 1 }] })).toEqual([{ id: 1 }, { id: 1 }]);
});
