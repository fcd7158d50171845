import { expect, test } from "vitest";
import { asset, graph, hook, input, job, op, staticPartitions } from "../../platform/index.ts";

const orders = asset({ key: "raw/orders" }, () => 1);
const one = op({ name: "one" }, () => 1);
const double = op({ name: "double", ins: { x: input<number>() } }, ({ x }) => x * 2);
const wired = graph({ name: "wired" }, () => double(one()));

test("a job of assets has a selection, as text or from the assets themselves", () => {
  expect(job("nightly", { selection: "group:marts" }).jobs).toEqual([
    { name: "nightly", selection: "group:marts" },
  ]);
  expect(job("nightly", { selection: [orders, 'mart/"a"'] }).spec.selection).toBe(
    'key:"raw/orders" or key:"mart/\\"a\\""',
  );
});

test("a job of ops runs the steps of its graph, named after the job", () => {
  const nightly = job("nightly", { graph: wired });
  expect(nightly.spec).toEqual({
    name: "nightly",
    selection: "",
    steps: ["nightly.one", "nightly.double"],
  });
  expect(nightly.steps.map(({ name, graph: of }) => [name, of])).toEqual([
    ["nightly.one", "nightly"],
    ["nightly.double", "nightly"],
  ]);
  expect(job("daily", { graph: wired }).steps.map(({ name }) => name)).toEqual(["daily.one", "daily.double"]);
});

test("everything that a job sets stands in its spec", () => {
  const tell = hook("failure", () => {}, { name: "tell" });
  const partitions = staticPartitions(["a", "b"]);
  const set = {
    description: "Every night.",
    resources: { warehouse: "warehouse_eu" },
    tags: { team: "data" },
    priority: 3,
    maxRuntimeSeconds: 60,
  };
  const { spec } = job("nightly", {
    graph: wired,
    partitions,
    hooks: [tell, "other"],
    retryPolicy: { maxRetries: 2 },
    environments: { prod: { tags: { env: "prod" } } },
    ...set,
  });
  expect(spec).toMatchObject({
    ...set,
    partitions,
    hooks: ["tell", "other"],
    retryPolicy: { maxRetries: 2, strategy: "from_failure", onStepFailure: true },
    environments: { prod: { tags: { env: "prod" } } },
  });
});

test("config of ops may be named as in the graph, everywhere", () => {
  const { spec } = job("nightly", {
    graph: wired,
    config: { steps: { one: { limit: 1 }, "nightly.double": { limit: 2 } }, resources: { db: { size: 3 } } },
    environments: { prod: { config: { steps: { one: { limit: 9 } } } } },
  });
  expect(spec.config).toEqual({
    steps: { "nightly.one": { limit: 1 }, "nightly.double": { limit: 2 } },
    resources: { db: { size: 3 } },
  });
  expect(spec.environments).toEqual({ prod: { config: { steps: { "nightly.one": { limit: 9 } } } } });
});

test("a graph with inputs makes no job", () => {
  const open = graph({ name: "open", ins: { x: input<number>() } }, ({ x }) => double(x));
  expect(() => job("nightly", { graph: open as never })).toThrow(TypeError);
});
