import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { RunEvent, RunEventBody } from "../../platform/core/event.ts";
import type { RunId } from "../../platform/core/run.ts";
import type { StepContext, StepDefinition } from "../../platform/define/step.ts";
import { stepKeysFromFailure } from "../../platform/plan/step-keys-from-failure.ts";
import { endedSteps, knownState } from "../../platform/run/known-state.ts";
import { collected, items, one, opStep, out, withSteps } from "./op-step.ts";
import { planOf, runInProcess } from "./run-in-process.ts";

const folder = () => mkdtempSync(join(tmpdir(), "dop-values-"));
const stored = (bodies: readonly RunEventBody[]) =>
  bodies.map((body, index) => ({ runId: "run-1", epoch: 1, seq: index + 1, at: index, ...body }) as RunEvent);

const give = (value: unknown, name = "give") =>
  opStep(name, { outputs: [out] }, ({ output }) => output("out", value));

/** Takes `x` and tells it. */
function taker(
  taken: unknown[],
  more: Partial<StepDefinition> = {},
  work: (context: StepContext) => void = () => {},
) {
  return opStep("take", { inputs: [{ name: "x", from: [one("give")] }], ...more }, async (context) => {
    work(context);
    taken.push(await context.value("x"));
  });
}

test("in a run that goes on, what was handed on before is taken and not made again", async () => {
  const valuesFolder = folder();
  const given = { at: new Date(0), sizes: new Map([["a", 1]]) };
  const first = await runInProcess(
    withSteps([
      give(given),
      taker([], {}, () => {
        throw new Error("lost");
      }),
    ]),
    { valuesFolder, request: { steps: ["give"] } },
  );
  const known = knownState(stored(first.events.filter(({ type }) => type !== "step.failed")));
  const taken: unknown[] = [];
  const { outcome, of } = await runInProcess(withSteps([give("other"), taker(taken)]), {
    valuesFolder,
    known,
    request: { steps: ["give"] },
  });
  expect(outcome).toBe("success");
  expect(taken).toEqual([given]);
  expect(of("step.started").map(({ step, attempt }) => `${step} ${attempt}`)).toEqual(["take 2"]);
});

test("a value that cannot be written is told, serves its own process, and is refused to others", async () => {
  const valuesFolder = folder();
  const taken: unknown[] = [];
  const fn = () => 1;
  const first = await runInProcess(withSteps([give(fn), taker(taken)]), {
    valuesFolder,
    request: { steps: ["give"] },
  });
  expect(taken).toEqual([fn]);
  expect(first.of("value.stored")).toEqual([]);
  expect(first.of("log")).toMatchObject([{ step: "give", level: "warning" }]);
  const ended = first.events.filter((event) => !("step" in event && event.step === "take"));
  const { of } = await runInProcess(withSteps([give(fn), taker([])]), {
    valuesFolder,
    known: knownState(stored(ended)),
    request: { steps: ["give"] },
  });
  expect(of("step.failed")).toMatchObject([
    { step: "take", error: { name: "StepError", message: expect.stringContaining("`out` of step `give`") } },
  ]);
});

const line = (parent: string, stepKeys: readonly string[]) => ({
  parent: parent as RunId,
  root: "run-1" as RunId,
  number: 1,
  automatic: false,
  stepKeys,
});

test("a re-execution takes from the parent what it does not make again, also over several runs", async () => {
  const valuesFolder = folder();
  const taken: unknown[] = [];
  const steps = (value: string) =>
    withSteps([
      give(value),
      opStep(
        "grow",
        { inputs: [{ name: "x", from: [one("give")] }], outputs: [out] },
        async ({ value: take, output }) => output("out", `${await take("x")}!`),
      ),
      opStep(
        "take",
        { inputs: ["give", "grow"].map((step) => ({ name: step, from: [one(step)] })) },
        async (context) => {
          taken.push([await context.value("give"), await context.value("grow")]);
        },
      ),
    ]);
  const run = async (id: string, value: string, more: Parameters<typeof runInProcess>[1]) => {
    const { of } = await runInProcess(steps(value), { valuesFolder, runId: id as RunId, ...more });
    return knownState(stored(of("value.stored"))).values.map((kept) => ({ ...kept, run: id as RunId }));
  };
  const first = await run("run-1", "a", { request: { steps: ["give"] } });
  const second = await run("run-2", "b", {
    request: { steps: ["give"], reexecution: line("run-1", ["grow", "take"]) },
    known: { steps: {}, values: first },
  });
  await run("run-3", "c", {
    request: { steps: ["give"], reexecution: line("run-2", ["take"]) },
    known: { steps: {}, values: [...second, ...first] },
  });
  expect(taken).toEqual([
    ["a", "a!"],
    ["a", "a!"],
    ["a", "a!"],
  ]);
});

test("a retry from failure works on the failed values again and collects the others from the parent", async () => {
  const valuesFolder = folder();
  const worked: unknown[] = [];
  let collectedValues: unknown;
  const steps = (fails: string) =>
    withSteps([
      opStep("list", { outputs: [items] }, async ({ output }) => {
        for (const mappingKey of ["a", "b", "c"])
          await output("items", mappingKey.toUpperCase(), { mappingKey });
      }),
      opStep(
        "each",
        {
          mapOver: { step: "list", output: "items" },
          inputs: [{ name: "item", from: [one("list", "items")] }],
          outputs: [out],
        },
        async ({ value, output, mappingKey }) => {
          if (mappingKey === fails) throw new Error("bad");
          worked.push(mappingKey);
          await output("out", `${await value("item")}${mappingKey}`);
        },
      ),
      opStep("join", { inputs: [{ name: "all", from: [collected("each")] }] }, async ({ value }) => {
        collectedValues = await value("all");
      }),
    ]);
  const request = { steps: ["list"] };
  const first = await runInProcess(steps("b"), { valuesFolder, request });
  const known = knownState(stored(first.events));
  const stepKeys = stepKeysFromFailure(planOf(steps("b"), request), endedSteps(known));
  expect(stepKeys).toEqual(["each[b]", "join"]);
  const values = known.values.map((kept) => ({ ...kept, run: "run-1" as RunId }));
  const second = await runInProcess(steps(""), {
    valuesFolder,
    runId: "run-2" as RunId,
    known: { steps: {}, values },
    request: { ...request, reexecution: line("run-1", stepKeys) },
  });
  expect(second.outcome).toBe("success");
  expect(worked).toEqual(["a", "c", "b"]);
  expect(collectedValues).toEqual(["Aa", "Bb", "Cc"]);
});

test("a run whose instances have ended in part goes on with the others", async () => {
  const valuesFolder = folder();
  const worked: unknown[] = [];
  const steps = withSteps([
    opStep("list", { outputs: [items] }, async ({ output }) => {
      for (const mappingKey of ["a", "b"]) await output("items", mappingKey, { mappingKey });
    }),
    opStep(
      "each",
      { mapOver: { step: "list", output: "items" }, outputs: [out] },
      ({ mappingKey, output }) => {
        worked.push(mappingKey);
        return output("out", mappingKey);
      },
    ),
    opStep("join", { inputs: [{ name: "all", from: [collected("each")] }] }, async ({ value }) => {
      worked.push(await value("all"));
    }),
  ]);
  const request = { steps: ["list"] };
  const first = await runInProcess(steps, { valuesFolder, request });
  const cut =
    first.events.findIndex((event) => event.type === "step.succeeded" && event.step === "each[a]") + 1;
  worked.length = 0;
  const { outcome, of } = await runInProcess(steps, {
    valuesFolder,
    request,
    known: knownState(stored(first.events.slice(0, cut))),
  });
  expect(outcome).toBe("success");
  expect(worked).toEqual(["b", ["a", "b"]]);
  expect(of("step.succeeded").map(({ step }) => step)).toEqual(["each[b]", "each", "join"]);
});

test("a value that is gone fails the step that needs it", async () => {
  const { of } = await runInProcess(withSteps([give(1), taker([])]), {
    valuesFolder: folder(),
    request: { steps: ["give"], reexecution: line("run-0", ["take"]) },
    known: { steps: {}, values: [{ run: "run-0" as RunId, step: "give", output: "out" }] },
  });
  expect(of("step.failed")).toMatchObject([
    { error: { message: expect.stringContaining("`out` of step `give` is not kept any more") } },
  ]);
});
