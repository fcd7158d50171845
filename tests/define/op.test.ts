import { expect, test } from "vitest";
import { definitionsOf } from "../../platform/define/definitions-of.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import {
  dynamic,
  dynamicOutput,
  graph,
  input,
  job,
  op,
  optional,
  out,
  output,
  Type,
} from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const one = op({ name: "one" }, () => 1);
const double = op({ name: "double", ins: { x: input<number>() } }, ({ x }) => x * 2);
const add = op({ name: "add", ins: { a: input<number>(), b: input<number>() } }, ({ a, b }) => a + b);

/** The step of an op that takes nothing, alone in a graph. */
const stepOf = (only: () => unknown): StepDefinition => {
  const wired = graph({ name: "g" }, () => {
    only();
  });
  return job("j", { graph: wired }).steps[0] as StepDefinition;
};

test("an op by itself defines nothing", () => {
  expect(definitionsOf(one)).toBeUndefined();
});

test("an op that is called with values runs its function", async () => {
  expect(await double(4)).toBe(8);
  expect(await add({ a: 1, b: 2 })).toBe(3);
});

test("a direct call takes inputs, resources and config by name", async () => {
  const scaled = op(
    {
      name: "scaled",
      ins: { x: input<number>() },
      resources: ["clock"],
      config: Type.Object({ by: Type.Number({ default: 10 }), plus: Type.Number({ default: 0 }) }),
    },
    ({ x, config, clock, log }) => {
      log.info("scaling");
      return x * config.by + config.plus + clock.hour;
    },
  );
  expect(await scaled.call({ x: 2, clock: { hour: 1 } })).toBe(21);
  expect(await scaled.call({ x: 2, clock: { hour: 1 }, config: { by: 3 } })).toBe(7);
  expect(await scaled(2, { clock: { hour: 0 }, config: { plus: 5 } })).toBe(25);
});

test("what only a run can do fails clearly in a direct call", async () => {
  const asking = op({ name: "asking" }, ({ query }) => query("select 1"));
  await expect(asking.call({})).rejects.toMatchObject({ name: "StepError", retry: "never" });
  expect(await asking.call({ query: async () => [{ one: 1 }] })).toEqual([{ one: 1 }]);
});

test("an op without inputs is not called outside a graph, and handles stay inside", () => {
  expect(() => one()).toThrow(TypeError);
  let kept: unknown;
  stepOf(() => {
    kept = one();
  });
  expect(() => double(kept as never)).toThrow(TypeError);
});

test.for(["", "a b", "1st", "a.b"])("%j is no name of an op", (name) => {
  expect(() => op({ name }, () => 1)).toThrow(RangeError);
});

test("an op is called like its function unless it is named", () => {
  const step = stepOf(op({}, function fetch_rows() {}));
  expect(step.name).toBe("j.fetch_rows");
});

test("what is declared of an op stands in its step", () => {
  const step = stepOf(
    op(
      {
        name: "one",
        description: "One.",
        resources: ["clock"],
        config: Type.Object({ limit: Type.Integer() }),
        pool: "slots",
        poolSlots: 2,
        priority: 3,
        isolation: "process",
        timeoutSeconds: 4,
        retryPolicy: { maxRetries: 5 },
        hooks: ["tell"],
        tags: { team: "data" },
      },
      () => 1,
    ),
  );
  const { run: _run, ...spec } = step;
  expect(spec).toEqual({
    name: "j.one",
    assets: [],
    checks: [],
    canSubset: false,
    execution: "op",
    description: "One.",
    resources: ["clock"],
    graph: "j",
    outputs: [{ name: "result" }],
    pool: "slots",
    poolSlots: 2,
    priority: 3,
    isolation: "process",
    timeoutSeconds: 4,
    retryPolicy: { maxRetries: 5 },
    hooks: ["tell"],
    tags: { team: "data" },
    configSchema: { type: "object", required: ["limit"], properties: { limit: { type: "integer" } } },
  });
});

test("a value is handed on with the metadata that comes with it", async () => {
  expect(await toldBy(stepOf(one))).toEqual([["output", "result", 1, {}]]);
  const described = op({ name: "described" }, () => output("a", { metadata: { rows: 1 } }));
  expect(await toldBy(stepOf(described))).toEqual([["output", "result", "a", { metadata: { rows: 1 } }]]);
});

test("several outputs are handed on by name, and an optional one may be missing", async () => {
  const parts = op(
    { name: "parts", outs: { left: out(), right: optional({ description: "Perhaps." }) } },
    () => ({
      left: 1,
    }),
  );
  const step = stepOf(parts);
  expect(step.outputs).toEqual([
    { name: "left" },
    { name: "right", description: "Perhaps.", optional: true },
  ]);
  expect(await toldBy(step)).toEqual([["output", "left", 1, {}]]);
});

test("the only output may be optional too", async () => {
  const found: number[] = [];
  const perhaps = op({ name: "perhaps", out: optional() }, () => found[0]);
  expect(await toldBy(stepOf(perhaps))).toEqual([]);
  found.push(7);
  expect(await toldBy(stepOf(perhaps))).toEqual([["output", "result", 7, {}]]);
});

test.for([
  { what: "no object", gives: 1 },
  { what: "an object without one of them", gives: { left: 1 } },
  { what: "one that is not declared", gives: { left: 1, right: 2, middle: 3 } },
])("an op with two outputs that gives $what fails", async ({ gives }) => {
  const parts = op({ name: "parts", outs: { left: out(), right: out() } }, () => gives as never);
  await expect(toldBy(stepOf(parts))).rejects.toMatchObject({ name: "StepError", retry: "never" });
});

test("the values of a dynamic output are handed on as they are yielded", async () => {
  const items = op({ name: "items", out: dynamic() }, async function* () {
    yield dynamicOutput("x", { mappingKey: "a", metadata: { size: 1 } });
    yield dynamicOutput("y", { mappingKey: "b" });
  });
  const step = stepOf(items);
  expect(step.outputs).toEqual([{ name: "result", dynamic: true }]);
  expect(await toldBy(step)).toEqual([
    ["output", "result", "x", { mappingKey: "a", metadata: { size: 1 } }],
    ["output", "result", "y", { mappingKey: "b" }],
  ]);
});

test.for([{ gives: 1 }, { gives: [1] }])("a dynamic output of $gives fails", async ({ gives }) => {
  const items = op({ name: "items", out: dynamic() }, () => gives as never);
  await expect(toldBy(stepOf(items))).rejects.toMatchObject({ name: "StepError" });
});
