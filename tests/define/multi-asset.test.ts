import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { asset, multiAsset, output } from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const orders = asset({ key: "raw/orders" }, () => [{ id: 1, country: "KR" }]);
const parts = multiAsset(
  {
    outs: { countries: { key: "mart/countries", group: "marts" }, ids: { skippable: true } },
    ins: { orders },
    canSubset: true,
    pool: "slots",
  },
  (given) => ({
    countries: output(
      given.orders.map(({ country }) => country),
      { metadata: { rows: 1 } },
    ),
    ...(given.orders.length > 5 ? { ids: given.orders.map(({ id }) => id) } : {}),
  }),
);
const stepOf = ({ steps }: { readonly steps: readonly StepDefinition[] }) => steps[0] as StepDefinition;

test("a name is the key of its asset unless another is given, and all depend on the inputs", () => {
  expect(parts.assets).toMatchObject([
    { key: "mart/countries", groupName: "marts", deps: ["raw/orders"] },
    { key: "ids", skippable: true, deps: ["raw/orders"] },
  ]);
  expect(parts.steps).toMatchObject([
    { name: "mart/countries+ids", assets: ["mart/countries", "ids"], canSubset: true, pool: "slots" },
  ]);
  expect(definitionsOf(parts)).toBe(parts);
  expect(definitionsOf(parts.outs.ids)).toBeUndefined();
});

test("what the function gives is stored by name, and what may be skipped is left as it is", async () => {
  const values = { "raw/orders": [{ id: 1, country: "KR" }] };
  expect((await toldBy(stepOf(parts), { values })).slice(1)).toEqual([
    ["store", "mart/countries", ["KR"], { metadata: { rows: 1 } }],
  ]);
});

test("what was not asked for is not stored", async () => {
  const values = { "raw/orders": Array.from({ length: 6 }, (_, id) => ({ id, country: "KR" })) };
  expect((await toldBy(stepOf(parts), { values, selectedAssets: ["ids"] })).slice(1)).toEqual([
    ["store", "ids", [0, 1, 2, 3, 4, 5]],
  ]);
});

test.for([{ gives: {} }, { gives: { a: 1, b: 2 } }])(
  "giving $gives for the asset a fails",
  async ({ gives }) => {
    const one = multiAsset({ outs: { a: {} } }, () => gives as { a?: number });
    await expect(toldBy(stepOf(one))).rejects.toMatchObject({ name: "StepError", retry: "never" });
  },
);

test("`undefined` under a name says that the function has stored that asset itself", async () => {
  const one = multiAsset({ outs: { a: {} } }, () => ({ a: undefined }));
  expect(await toldBy(stepOf(one))).toEqual([["materialized", "a"]]);
});

test("one of several assets is an input of the type that the function gives for it", async () => {
  const next = asset({ key: "next", ins: { countries: parts.outs.countries } }, (given) => {
    const first: string | undefined = given.countries[0];
    // @ts-expect-error: a country is no number
    const wrong: number = given.countries[0];
    return [first, wrong];
  });
  expect(next.spec.deps).toEqual(["mart/countries"]);
  expect(await parts.call({ orders: [{ id: 1, country: "KR" }] })).toMatchObject({
    countries: { value: ["KR"] },
  });
});
