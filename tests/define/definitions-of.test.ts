import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import {
  asset,
  check,
  definitions,
  graph,
  hook,
  ioManager,
  job,
  op,
  resource,
  Type,
} from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [1]);
const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;

test("definitions put together hold each once, also those of lists", () => {
  const filled = check(orders, "filled", {}, () => true);
  const db = resource("db", { create: () => 1 });
  const store = ioManager("store", () => ({ handleOutput: async () => ({}), loadInput: async () => 1 }));
  const tell = hook("end", () => {}, { name: "tell" });
  const nightly = job("nightly", { selection: [orders] });
  const all = definitions([orders, [filled, orders]], db, store, tell, nightly, {
    pools: [{ name: "p", limit: 1 }],
  });
  expect(all.assets).toEqual([orders.spec]);
  expect(all.steps?.map(({ name }) => name)).toEqual(["raw/orders", "raw/orders:filled"]);
  expect(all).toMatchObject({ resources: [db], ioManagers: [store], hooks: [tell], jobs: [nightly.spec] });
  expect(all.pools).toEqual([{ name: "p", limit: 1 }]);
  expect(definitionsOf(all)).toBe(all);
});

test("what defines nothing cannot be put together", () => {
  expect(() => definitions(op({ name: "one" }, () => 1))).toThrow(TypeError);
  expect(() => definitions({ assets: [], colours: [] })).toThrow(TypeError);
});

test.for<{ what: string; value: unknown }>([
  { what: "nothing", value: undefined },
  { what: "a number", value: 3 },
  { what: "a text", value: "orders" },
  { what: "an empty object", value: {} },
  { what: "an object with a list's name and no list", value: { assets: 3 } },
  { what: "a graph", value: graph({ name: "g" }, () => {}) },
])("$what defines nothing", ({ value }) => {
  expect(definitionsOf(value)).toBeUndefined();
});

test("a resource that is listed as its definition has its type", () => {
  const db = resource("db", { create: () => ({ query: (text: string) => [text] }) });
  const typed = asset({ key: "typed", resources: [db] }, (given) => {
    const rows: string[] = given.db.query("select 1");
    // @ts-expect-error: a query is text
    given.db.query(1);
    return rows;
  });
  expect(typed.spec.resources).toEqual(["db"]);
});

test("a resource's config is typed by its schema, which stands in its spec", () => {
  const db = resource("db", {
    config: Type.Object({ size: Type.Integer({ default: 3 }) }),
    create: ({ config }) => {
      // @ts-expect-error: there is no such field
      const wrong = config.sizes;
      return [config.size, wrong];
    },
  });
  expect(db.spec.configSchema).toEqual({
    type: "object",
    properties: { size: { type: "integer", default: 3 } },
    required: ["size"],
  });
  expect(db.create({ config: { size: 4 } } as never)).toEqual([4, undefined]);
});

test("an asset's config stands in its step, and the function gets it settled", async () => {
  const top = asset(
    { key: "top", config: Type.Object({ limit: Type.Integer({ default: 10 }) }) },
    ({ config }) => config.limit,
  );
  expect(stepOf(top).configSchema).toMatchObject({ properties: { limit: { type: "integer" } } });
  expect(top.spec).not.toHaveProperty("config");
  expect(await toldBy(stepOf(top), { config: { limit: 3 } })).toEqual([["store", "top", 3]]);
  expect(await top.call({})).toBe(10);
  expect(await top.call({ config: { limit: 1 } })).toBe(1);
});

test("metadata is added for the only asset, and for one of several by its key", async () => {
  const found = asset({ key: "found" }, ({ addMetadata, context }) => {
    addMetadata({ rows: 1 });
    context.addMetadata("found" as never, { pages: 2 });
    return 1;
  });
  expect((await toldBy(stepOf(found))).slice(0, 2)).toEqual([
    ["addMetadata", "found", { rows: 1 }],
    ["addMetadata", "found", { pages: 2 }],
  ]);
  const checked = check(orders, "filled", {}, ({ addMetadata }) => {
    addMetadata({ rows: 1 });
    return true;
  });
  await expect(toldBy(stepOf(checked))).rejects.toThrow(RangeError);
});
