import { expect, test } from "vitest";
import type { StepDefinition } from "../../platform/define/step.ts";
import { collected, items, one, opStep, out, withSteps } from "./op-step.ts";
import { runInProcess } from "./run-in-process.ts";

const run = (steps: readonly StepDefinition[], options: Parameters<typeof runInProcess>[1] = {}) =>
  runInProcess(withSteps(steps), { request: { steps: [(steps[0] as StepDefinition).name] }, ...options });

/** Hands on each of these under its own name. */
const fanOut = (...keys: string[]) =>
  opStep("list", { outputs: [items] }, async ({ output }) => {
    for (const mappingKey of keys) await output("items", mappingKey.toUpperCase(), { mappingKey });
  });

const each = (name: string, spec: Partial<StepDefinition>, work: (value: unknown) => unknown) =>
  opStep(
    name,
    {
      mapOver: { step: "list", output: "items" },
      inputs: [{ name: "item", from: [one("list", "items")] }],
      outputs: [out],
      ...spec,
    },
    async ({ value, output }) => output("out", await work(await value("item"))),
  );

test("a value that one step hands on arrives at the next, as it is", async () => {
  const given = { rows: [1, 2] };
  let taken: unknown;
  const { outcome, of } = await run([
    opStep("give", { outputs: [out] }, ({ output }) => output("out", given, { metadata: { rows: 2 } })),
    opStep("take", { inputs: [{ name: "rows", from: [one("give")] }] }, async ({ value }) => {
      taken = await value("rows");
    }),
  ]);
  expect(outcome).toBe("success");
  expect(taken).toBe(given);
  expect(of("value.stored")).toMatchObject([
    { step: "give", output: "out", metadata: { rows: { type: "int", value: 2 } } },
  ]);
});

test("several named outputs go each their own way", async () => {
  const taken: unknown[] = [];
  const take = (name: string, output: string) =>
    opStep(name, { inputs: [{ name: "x", from: [one("split", output)] }] }, async ({ value }) => {
      taken.push([name, await value("x")]);
    });
  await run([
    opStep("split", { outputs: [{ name: "even" }, { name: "odd" }] }, async ({ output }) => {
      await output("odd", [1, 3]);
      await output("even", [2]);
    }),
    take("evens", "even"),
    take("odds", "odd"),
  ]);
  expect(taken).toEqual([
    ["evens", [2]],
    ["odds", [1, 3]],
  ]);
});

test("a list takes the values of several steps in the order in which it names them", async () => {
  let taken: unknown;
  const give = (name: string) => opStep(name, { outputs: [out] }, ({ output }) => output("out", name));
  await run([
    opStep(
      "join",
      { inputs: [{ name: "all", from: [one("b"), one("a")], list: true }] },
      async ({ value }) => {
        taken = await value("all");
      },
    ),
    give("a"),
    give("b"),
  ]);
  expect(taken).toEqual(["b", "a"]);
});

test("a dynamic output is worked on value by value and collected in the order in which the values came", async () => {
  let taken: unknown;
  const { outcome, of } = await run([
    fanOut("z", "a", "m"),
    each("grow", {}, (value) => `${value}!`),
    opStep("join", { inputs: [{ name: "all", from: [collected("grow")] }] }, async ({ value }) => {
      taken = await value("all");
    }),
  ]);
  expect(outcome).toBe("success");
  expect(taken).toEqual(["Z!", "A!", "M!"]);
  expect(of("step.succeeded").map(({ step }) => step)).toEqual([
    "list",
    "grow[z]",
    "grow[a]",
    "grow[m]",
    "grow",
    "join",
  ]);
});

test("each instance knows its mapping key", async () => {
  const keys: unknown[] = [];
  await run([
    fanOut("a", "b"),
    opStep("each", { mapOver: { step: "list", output: "items" } }, ({ mappingKey }) => keys.push(mappingKey)),
  ]);
  expect(keys).toEqual(["a", "b"]);
});

test("a second step over the same values waits for its own instance alone", async () => {
  const log: string[] = [];
  const slow = Promise.withResolvers<void>();
  const { outcome } = await run(
    [
      fanOut("a", "b"),
      each("first", {}, async (value) => {
        if (value === "A") await slow.promise;
        log.push(`first ${value}`);
        return value;
      }),
      each("second", { inputs: [{ name: "item", from: [one("first")] }] }, (value) => {
        log.push(`second ${value}`);
        if (value === "B") slow.resolve();
      }),
    ],
    { maxParallel: 2 },
  );
  expect(outcome).toBe("success");
  expect(log).toEqual(["first B", "second B", "first A", "second A"]);
});

test("without any value nothing is worked on and what collects gets an empty list", async () => {
  let taken: unknown;
  const { outcome, of } = await run([
    fanOut(),
    each("grow", {}, (value) => value),
    opStep("join", { inputs: [{ name: "all", from: [collected("grow")] }] }, async ({ value }) => {
      taken = await value("all");
    }),
  ]);
  expect([outcome, taken]).toEqual(["success", []]);
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["list", "grow", "join"]);
});

test("a dynamic output can be collected without working on it", async () => {
  let taken: unknown;
  await run([
    fanOut("a", "b"),
    opStep("join", { inputs: [{ name: "all", from: [collected("list", "items")] }] }, async ({ value }) => {
      taken = await value("all");
    }),
  ]);
  expect(taken).toEqual(["A", "B"]);
});

test("a failed instance takes with it what follows its value and what collects, and no other instance", async () => {
  const { outcome, of } = await run([
    fanOut("a", "b"),
    each("first", {}, (value) => {
      if (value === "A") throw new Error("bad value");
      return value;
    }),
    each("second", { inputs: [{ name: "item", from: [one("first")] }] }, (value) => value),
    opStep("join", { inputs: [{ name: "all", from: [collected("second")] }] }),
  ]);
  expect(outcome).toBe("failure");
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["list", "first[b]", "second[b]"]);
  expect(of("step.skipped")).toMatchObject([
    { step: "second[a]", reason: "upstream step `first[a]` failed", abandoned: true },
    { step: "join", reason: "upstream step `second` failed", abandoned: true },
  ]);
  expect(of("step.failed")).toMatchObject([
    { step: "first[a]", error: { message: "bad value" } },
    { step: "first", error: { message: "1 of 2 did not end well" } },
    { step: "second", error: { message: "1 of 2 did not end well" } },
  ]);
  expect(of("run.failed")).toMatchObject([
    { error: { message: "1 step (`first[a]`) failed" }, reason: "step_failure" },
  ]);
});

test("who takes nothing but missing values is skipped, also further down, and the run is a success", async () => {
  const { outcome, of } = await run([
    opStep("maybe", { outputs: [{ name: "out", optional: true }, { name: "other" }] }, ({ output }) =>
      output("other", 1),
    ),
    opStep("below", { inputs: [{ name: "x", from: [one("maybe")] }], outputs: [out] }),
    opStep("further", { inputs: [{ name: "x", from: [one("below")] }] }),
    opStep("apart", { inputs: [{ name: "x", from: [one("maybe", "other")] }] }),
  ]);
  expect(outcome).toBe("success");
  expect(of("step.skipped")).toEqual([
    { type: "step.skipped", step: "below", reason: "no value came for its input `x`" },
    { type: "step.skipped", step: "further", reason: "no value came for its input `x`" },
  ]);
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["maybe", "apart"]);
});

test("of two optional values the one that came is taken", async () => {
  let taken: unknown;
  const branch = (name: string, isTaken: boolean) =>
    opStep(name, { outputs: [{ name: "out", optional: true }] }, ({ output }) =>
      isTaken ? output("out", name) : undefined,
    );
  await run([
    branch("left", false),
    branch("right", true),
    opStep("join", { inputs: [{ name: "x", from: [one("left"), one("right")] }] }, async ({ value }) => {
      taken = await value("x");
    }),
  ]);
  expect(taken).toBe("right");
});

test("a missing value counts for more than a failed step: there was nothing to do", async () => {
  const { of } = await run([
    opStep("maybe", { outputs: [{ name: "out", optional: true }] }),
    opStep("bad", { outputs: [out] }, () => {
      throw new Error("no");
    }),
    opStep("join", {
      inputs: [
        { name: "x", from: [one("maybe")] },
        { name: "y", from: [one("bad")] },
      ],
    }),
  ]);
  expect(of("step.skipped")).toMatchObject([{ step: "join", reason: "no value came for its input `x`" }]);
});

const wrongOutputs: readonly {
  readonly wrong: string;
  readonly outputs: NonNullable<StepDefinition["outputs"]>;
  readonly hand: Parameters<typeof opStep>[2];
  readonly message: RegExp;
}[] = [
  { wrong: "hands nothing on", outputs: [out], hand: () => {}, message: /ended without `out`/ },
  {
    wrong: "hands on what it does not have",
    outputs: [out],
    hand: ({ output }) => output("ouput", 1),
    message: /no output `ouput`; it has `out`/,
  },
  {
    wrong: "hands on twice",
    outputs: [out],
    hand: async ({ output }) => {
      await output("out", 1);
      await output("out", 2);
    },
    message: /`out` came twice/,
  },
  {
    wrong: "gives no mapping key",
    outputs: [items],
    hand: ({ output }) => output("items", 1),
    message: /mapping key/,
  },
  {
    wrong: "gives a mapping key twice",
    outputs: [items],
    hand: async ({ output }) => {
      await output("items", 1, { mappingKey: "a" });
      await output("items", 2, { mappingKey: "a" });
    },
    message: /twice with the mapping key `a`/,
  },
  {
    wrong: "gives a mapping key with a slash",
    outputs: [items],
    hand: ({ output }) => output("items", 1, { mappingKey: "a/b" }),
    message: /"a\/b" is no mapping key/,
  },
  {
    wrong: "gives a mapping key to a single value",
    outputs: [out],
    hand: ({ output }) => output("out", 1, { mappingKey: "a" }),
    message: /takes no mapping key/,
  },
];

test.for(wrongOutputs)(
  "a step that $wrong fails and is not tried again",
  async ({ outputs, hand, message }) => {
    const { of } = await run([opStep("step", { outputs, retryPolicy: { maxRetries: 3 } }, hand)]);
    expect(of("step.failed")).toMatchObject([
      { error: { name: "StepError", message: expect.stringMatching(message) } },
    ]);
    expect(of("step.retrying")).toEqual([]);
  },
);

test("a step that asks for a value that it does not take fails", async () => {
  const { of } = await run([opStep("step", {}, ({ value }) => value("x"))]);
  expect(of("step.failed")).toMatchObject([{ error: { message: expect.stringMatching(/no value `x`/) } }]);
});

test("what a failed attempt handed on is forgotten", async () => {
  let taken: unknown;
  const { outcome } = await run([
    opStep("give", { outputs: [out], retryPolicy: { maxRetries: 1 } }, async ({ output, attempt }) => {
      await output("out", attempt);
      if (attempt === 1) throw new Error("again");
    }),
    opStep("take", { inputs: [{ name: "x", from: [one("give")] }] }, async ({ value }) => {
      taken = await value("x");
    }),
  ]);
  expect([outcome, taken]).toEqual(["success", 2]);
});

test("a run with 10,000 values ends with as many instances", async () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `k${index}`);
  const { outcome, of } = await run([fanOut(...keys), each("grow", {}, (value) => value)], {
    maxParallel: 8,
  });
  expect(outcome).toBe("success");
  expect(of("step.succeeded")).toHaveLength(10_002);
});

test("a cancelled run ends what it had begun to work on value by value", async () => {
  const controller = new AbortController();
  const { outcome, of } = await run(
    [
      fanOut("a", "b"),
      each("grow", {}, () => controller.abort()),
      opStep("last", { inputs: [{ name: "x", from: [collected("grow")] }] }),
    ],
    { signal: controller.signal, maxParallel: 1 },
  );
  expect(outcome).toBe("canceled");
  expect(of("step.canceled").map(({ step }) => step)).toEqual(["grow"]);
});
