import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadProject } from "../../platform/component/load-project.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { isWeekday, newOrders } from "../fixtures/typescript/orders/defs/automation.ts";

// The project that the README shows: its own tests run here, and it is loaded as a project.
const root = fileURLToPath(new URL("../fixtures/typescript/orders/", import.meta.url));
await import("../fixtures/typescript/orders/defs/orders.test.ts");

test.for(["local", "prod"])(
  "the orders project loads without a problem in the environment %s",
  async (environment) => {
    const { project } = await loadProject({ root, variables: {}, environment, needsCode: true });
    const { snapshot, problems } = mergeProject(project);
    expect(problems).toEqual([]);
    expect(snapshot.definitions.assets.map(({ key }) => key)).toEqual([
      "cleaned/orders",
      "mart/orders_by_country",
      "raw/orders",
    ]);
    expect(snapshot.definitions.steps.map(({ name }) => name)).toContain("orders_report.split");
    expect(snapshot.definitions.schedules.map(({ name }) => name)).toEqual(["three_oclock"]);
    expect(snapshot.definitions.sensors.map(({ name }) => name)).toEqual(["new_orders", "orders"]);
    expect(snapshot.definitions.conditions).toMatchObject([{ name: "is_weekday" }]);
    expect(snapshot.definitions.hooks).toMatchObject([{ name: "tell_team", on: "failure" }]);
    const config = snapshot.definitions.jobs.find(({ name }) => name === "orders_nightly")?.config;
    expect(config).toEqual(
      environment === "prod" ? { steps: { "cleaned/orders": { least: 1 } } } : undefined,
    );
  },
);

test("its sensor asks once for what is new", async () => {
  const shop = { listOrders: async () => [1, 2, 3].map((id) => ({ id, country: "KR", amount: 1 })) };
  expect(await newOrders.call({ cursor: "1", shop })).toMatchObject({
    requests: [{ runKey: "order 3" }],
    cursor: "3",
  });
  expect(await newOrders.call({ cursor: "3", shop })).toMatchObject({ skipReason: "no new order" });
});

test.for([
  { day: "2026-01-02", holds: true },
  { day: "2026-01-03", holds: false },
])("its condition knows that $day is a weekday: $holds", async ({ day, holds }) => {
  expect(await isWeekday.call({ now: Temporal.Instant.from(`${day}T12:00Z`) })).toBe(holds);
});
