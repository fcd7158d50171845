import { expect, test } from "vitest";
import type { StepDefinition } from "../../platform/define/step.ts";
import {
  asset,
  dynamic,
  dynamicOutput,
  graphAsset,
  graphMultiAsset,
  input,
  op,
  optional,
  out,
  output,
} from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [3, 4]);
const clean = op({ name: "clean", ins: { rows: input<number[]>() } }, ({ rows }) =>
  rows.filter((row) => row > 3),
);
const count = op({ name: "count", ins: { rows: input<number[]>() } }, ({ rows }) =>
  output(rows.length, { metadata: { rows: rows.length } }),
);

const counted = graphAsset({ key: "mart/count", group: "marts", ins: { orders } }, (given) =>
  count(clean(given.orders)),
);
const step = (name: string, of: { readonly steps: readonly StepDefinition[] } = counted): StepDefinition =>
  of.steps.find((one) => one.name === name) as StepDefinition;

test("an asset of a graph has the assets that enter it as deps, and the graph's ops as steps", () => {
  expect(counted.spec).toEqual({
    key: "mart/count",
    groupName: "marts",
    deps: ["raw/orders"],
    resources: [],
  });
  expect(counted.steps).toMatchObject([
    { name: "mart/count.clean", execution: "op", assets: [], graph: "mart/count" },
    { name: "mart/count.count", execution: "materialize", assets: ["mart/count"], graph: "mart/count" },
  ]);
});

test("an op loads what enters the graph, and the last one stores what it makes", async () => {
  expect(await toldBy(step("mart/count.clean"), { values: { "raw/orders": [3, 4] } })).toEqual([
    ["load", "raw/orders"],
    ["output", "result", [4], {}],
  ]);
  expect(await toldBy(step("mart/count.count"), { handed: { rows: [4] } })).toEqual([
    ["store", "mart/count", 1, { metadata: { rows: 1 } }],
  ]);
});

test("a value that is stored is handed on only where another op takes it", async () => {
  const both = graphMultiAsset(
    { name: "both", outs: { cleaned: {}, total: { key: "mart/total" } }, ins: { orders } },
    (given) => {
      const cleaned = clean(given.orders);
      return { cleaned, total: count(cleaned) };
    },
  );
  expect(step("both.clean", both)).toMatchObject({ assets: ["cleaned"], outputs: [{ name: "result" }] });
  expect(step("both.count", both)).not.toHaveProperty("outputs");
  expect(await toldBy(step("both.clean", both), { values: { "raw/orders": [4] } })).toEqual([
    ["load", "raw/orders"],
    ["store", "cleaned", [4]],
    ["output", "result", [4], {}],
  ]);
  expect(both.assets.map(({ key }) => key)).toEqual(["cleaned", "mart/total"]);
  expect(both.outs.total.key).toBe("mart/total");
});

test("one op may make several assets, and an optional one of them may be left as it is", async () => {
  const split = op(
    { name: "split", ins: { rows: input<number[]>() }, outs: { low: out(), high: optional() } },
    ({ rows }) => ({ low: rows.filter((row) => row < 4) }),
  );
  const parts = graphMultiAsset({ name: "parts", outs: { low: {}, high: {} }, ins: { orders } }, (given) =>
    split(given.orders),
  );
  expect(parts.assets).toMatchObject([{ key: "low" }, { key: "high", skippable: true }]);
  expect(parts.steps).toMatchObject([{ name: "parts.split", assets: ["low", "high"] }]);
  expect((await toldBy(step("parts.split", parts), { values: { "raw/orders": [3, 4] } })).slice(1)).toEqual([
    ["store", "low", [3]],
  ]);
});

test("a list of assets enters an op as a list of their values", async () => {
  const more = asset({ key: "raw/more" }, () => [5]);
  const all = op({ name: "all", ins: { lists: input<number[][]>() } }, ({ lists }) => lists.flat());
  const joined = graphAsset({ key: "joined", ins: { orders, more } }, (given) =>
    all([given.orders, given.more]),
  );
  expect(joined.spec.deps).toEqual(["raw/orders", "raw/more"]);
  const told = await toldBy(step("joined.all", joined), { values: { "raw/orders": [3], "raw/more": [5] } });
  expect(told.at(-1)).toEqual(["store", "joined", [3, 5]]);
});

test.for<{ what: string; define: () => unknown }>([
  { what: "nothing", define: () => graphAsset({ key: "a" }, () => undefined as never) },
  {
    what: "an asset as it is",
    define: () => graphAsset({ key: "a", ins: { orders } }, (given) => given.orders),
  },
  {
    what: "collected values",
    define: () => graphAsset({ key: "a" }, () => items().collect()),
  },
  { what: "any number of values", define: () => graphAsset({ key: "a" }, () => items() as never) },
  {
    what: "one value for two assets",
    define: () =>
      graphMultiAsset({ name: "g", outs: { a: {}, b: {} }, ins: { orders } }, (given) => {
        const rows = clean(given.orders);
        return { a: rows, b: rows };
      }),
  },
  {
    what: "a value for no asset",
    define: () =>
      graphMultiAsset({ name: "g", outs: { a: {} }, ins: { orders } }, (given) => ({
        a: clean(given.orders),
        b: clean(given.orders),
      })),
  },
])("a graph that gives $what makes no asset", ({ define }) => {
  expect(define).toThrow(TypeError);
});

const items = op({ name: "items", out: dynamic() }, () => [dynamicOutput(1, { mappingKey: "a" })]);
