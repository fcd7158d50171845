import { expect, test } from "vitest";
import type { StepDefinition } from "../../platform/define/step.ts";
import { dynamic, dynamicOutput, graph, input, job, op } from "../../platform/index.ts";
import { toldBy } from "./step-context-stub.ts";

const one = op({ name: "one" }, () => 1);
const double = op({ name: "double", ins: { x: input<number>() } }, ({ x }) => x * 2);
const add = op({ name: "add", ins: { a: input<number>(), b: input<number>() } }, ({ a, b }) => a + b);
const sum = op({ name: "sum", ins: { all: input<number[]>() } }, ({ all }) => all.reduce((a, b) => a + b, 0));
const items = op({ name: "items", out: dynamic() }, () => [dynamicOutput(1, { mappingKey: "a" })]);

const stepsOf = (wire: () => void): Map<string, StepDefinition> => {
  const { steps } = job("j", { graph: graph({ name: "g" }, wire) });
  return new Map(steps.map((step) => [step.name, step]));
};
const source = (step: string, take: "one" | "collect" = "one") => ({ step, output: "result", take });

test("an op takes the values of those that it is called with", () => {
  const steps = stepsOf(() => {
    const first = one();
    add({ a: first, b: double(first) });
  });
  expect([...steps.keys()]).toEqual(["j.one", "j.double", "j.add"]);
  expect(steps.get("j.one")).not.toHaveProperty("inputs");
  expect(steps.get("j.double")?.inputs).toEqual([{ name: "x", from: [source("j.one")] }]);
  expect(steps.get("j.add")?.inputs).toEqual([
    { name: "a", from: [source("j.one")] },
    { name: "b", from: [source("j.double")] },
  ]);
});

test("a step runs its function with the values that were handed to it", async () => {
  const steps = stepsOf(() => {
    add({ a: one(), b: one() });
  });
  const told = await toldBy(steps.get("j.add") as StepDefinition, { handed: { a: 2, b: 3 } });
  expect(told).toEqual([["output", "result", 5, {}]]);
});

test("an array of values is one input", () => {
  const steps = stepsOf(() => {
    sum([one(), double(one())]);
  });
  expect(steps.get("j.sum")?.inputs).toEqual([
    { name: "all", from: [source("j.one"), source("j.double")], list: true },
  ]);
});

test("an op that is used again gets a number behind its name, or the name that `as` gives", () => {
  const steps = stepsOf(() => {
    one();
    one();
    one.as("third")();
    one();
  });
  expect([...steps.keys()]).toEqual(["j.one", "j.one_2", "j.third", "j.one_3"]);
});

test("a name that `as` gives twice is refused", () => {
  expect(() =>
    stepsOf(() => {
      one.as("first")();
      one.as("first")();
    }),
  ).toThrow(RangeError);
});

test("ops of an inner graph are named after it, and after it again when it is used twice", () => {
  const inner = graph({ name: "inner", ins: { x: input<number>() } }, ({ x }) => double(double(x)));
  const outer = graph({ name: "outer", ins: { x: input<number>(), y: input<number>() } }, ({ x, y }) => ({
    left: inner(x),
    right: inner.as("other")(y),
  }));
  const steps = stepsOf(() => {
    const { left, right } = outer({ x: one(), y: one() });
    add({ a: left, b: right });
  });
  expect([...steps.keys()]).toEqual([
    "j.one",
    "j.one_2",
    "j.outer.inner.double",
    "j.outer.inner.double_2",
    "j.outer.other.double",
    "j.outer.other.double_2",
    "j.add",
  ]);
  expect(steps.get("j.add")?.inputs).toEqual([
    { name: "a", from: [source("j.outer.inner.double_2")] },
    { name: "b", from: [source("j.outer.other.double_2")] },
  ]);
});

test("what is called within `map` runs for each value, with what is there once as well", () => {
  const mapOver = { step: "j.items", output: "result" };
  const steps = stepsOf(() => {
    const base = one();
    const added = items().map((item) => add({ a: double(item), b: base }));
    sum(added.map((value) => double.as("again")(value)).collect());
  });
  expect(steps.get("j.items")).not.toHaveProperty("mapOver");
  expect(steps.get("j.one")).not.toHaveProperty("mapOver");
  expect(steps.get("j.double")).toMatchObject({
    mapOver,
    inputs: [{ name: "x", from: [source("j.items")] }],
  });
  expect(steps.get("j.add")).toMatchObject({
    mapOver,
    inputs: [{ from: [source("j.double")] }, { from: [source("j.one")] }],
  });
  expect(steps.get("j.again")).toMatchObject({ mapOver });
  expect(steps.get("j.sum")).not.toHaveProperty("mapOver");
  expect(steps.get("j.sum")?.inputs).toEqual([{ name: "all", from: [source("j.again", "collect")] }]);
});

test("a dynamic output can be collected as it is, and mapped to several values", () => {
  const steps = stepsOf(() => {
    const all = items();
    sum(all.collect());
    const { twice, more } = all.map((item) => ({ twice: double(item), more: double(item) }));
    sum([sum(twice.collect()), sum(more.collect())]);
  });
  expect(steps.get("j.sum")?.inputs).toEqual([{ name: "all", from: [source("j.items", "collect")] }]);
  expect(steps.get("j.sum_3")?.inputs).toEqual([{ name: "all", from: [source("j.double_2", "collect")] }]);
});

test("an inner graph may be mapped", () => {
  const inner = graph({ name: "inner", ins: { x: input<number>() } }, ({ x }) => double(x));
  const steps = stepsOf(() => {
    items().map((item) => inner(item));
  });
  expect(steps.get("j.inner.double")?.mapOver).toEqual({ step: "j.items", output: "result" });
});

test.for<{ what: string; wire: () => void }>([
  { what: "a plain value in place of one of an op", wire: () => void double(3 as never) },
  { what: "any number of values in place of one", wire: () => void double(items() as never) },
  {
    what: "values of two dynamic outputs in one op",
    wire: () => void items().map((a) => items().map((b) => add({ a, b })) as never),
  },
  {
    what: "a function of `map` that gives nothing of its own",
    wire: () => {
      const base = one();
      items().map(() => base);
    },
  },
  {
    what: "a mapped op with a dynamic output",
    wire: () => {
      const split = op({ name: "split", ins: { x: input<number>() }, out: dynamic() }, () => []);
      items().map((item) => split(item) as never);
    },
  },
  { what: "an input that is not given", wire: () => void add({ a: one() } as never) },
])("$what is refused when the graph is built", ({ wire }) => {
  expect(() => stepsOf(wire)).toThrow(TypeError);
});

test("a graph is not called outside a graph", () => {
  expect(() => graph({ name: "g" }, () => one())()).toThrow(TypeError);
});

test("a graph that fails leaves the next one as it would be", () => {
  expect(() =>
    stepsOf(() => {
      one();
      throw new Error("broken");
    }),
  ).toThrow("broken");
  expect([...stepsOf(() => void one()).keys()]).toEqual(["j.one"]);
});
