import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadProject } from "../../platform/component/load-project.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";

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
    expect(snapshot.definitions.hooks).toMatchObject([{ name: "tell_team", on: "failure" }]);
    const config = snapshot.definitions.jobs.find(({ name }) => name === "orders_nightly")?.config;
    expect(config).toEqual(
      environment === "prod" ? { steps: { "cleaned/orders": { least: 1 } } } : undefined,
    );
  },
);
