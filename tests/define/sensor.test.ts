import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import { asset, customCondition, job, resource, sensor } from "../../platform/index.ts";

const orders = asset({ key: "raw/orders" }, () => [{ id: 1 }]);
const nightly = job("nightly", { selection: [orders] });
const shop = resource("shop", { create: () => ({ ids: (): number[] => [1, 2] }) });

test("a sensor is data for whoever ticks, and a function for whoever evaluates", async () => {
  const fresh = sensor(
    "fresh",
    { job: nightly, every: "5m", timeout: "2m", resources: [shop], tags: { team: "a" } },
    ({ cursor, shop }) => ({ requests: shop.ids().map((id) => ({ runKey: `${cursor} ${id}` })) }),
  );
  expect(fresh.spec).toEqual({
    name: "fresh",
    kind: "function",
    target: { job: "nightly" },
    minimumIntervalSeconds: 300,
    timeoutSeconds: 120,
    defaultStatus: "stopped",
    tags: { team: "a" },
    resources: ["shop"],
  });
  expect(definitionsOf(fresh)).toMatchObject({ sensors: [fresh.spec], sensorFunctions: [{ name: "fresh" }] });
  expect(await fresh.call({ cursor: "c", shop: { ids: () => [7] } })).toEqual({
    requests: [{ runKey: "c 7" }],
  });
});

test("assets as a target are a selection of their keys", () => {
  expect(sensor("s", { target: [orders] }, () => []).spec.target).toEqual({
    selection: 'key:"raw/orders"',
  });
});

test("a webhook names the variable of its secret and not the secret", () => {
  const { spec } = sensor("s", { target: "a", webhook: { secretEnv: "SHOP_SECRET" } }, () => []);
  expect(spec).toMatchObject({
    kind: "webhook",
    minimumIntervalSeconds: 2,
    settings: { secret_env: "SHOP_SECRET", scheme: "github" },
  });
});

test.for([
  { why: "no target", options: {}, error: TypeError },
  { why: "two targets", options: { target: "a", job: "b" }, error: TypeError },
  { why: "an interval that is none", options: { target: "a", every: "soon" }, error: RangeError },
])("a sensor with $why cannot be defined", ({ options, error }) => {
  expect(() => sensor("s", options, () => [])).toThrow(error);
});

test("a custom condition is a condition and the function that answers it", async () => {
  const isBig = customCondition("is_big", { resources: [shop] }, ({ shop }) => shop.ids().length > 1);
  expect(isBig.condition).toEqual({ type: "custom", name: "is_big" });
  expect(isBig.conditions[0]?.spec).toEqual({ name: "is_big", resources: ["shop"] });
  expect(await isBig.call({ asset: "a", shop: { ids: () => [1] } })).toBe(false);
});
