import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import { resource } from "../../platform/define/resource.ts";
import { type HookContext, type HookDefinition, hookMark } from "../../platform/define/step.ts";
import { runInProcess } from "./run-in-process.ts";

const hook = (
  name: string,
  on: HookDefinition["spec"]["on"],
  run: (context: HookContext) => void | Promise<void> = () => {},
  resources?: readonly string[],
): HookDefinition => ({
  spec: { name, on, ...(resources === undefined ? {} : { resources }) },
  run,
  [hookMark]: true,
});

const good = asset({ key: "good", hooks: ["onSuccess", "onFailure", "onEnd"] }, () => {});
const bad = asset({ key: "bad", hooks: ["onSuccess", "onFailure", "onEnd"] }, () => {
  throw new TypeError("no such column");
});
const hooks = [hook("onSuccess", "success"), hook("onFailure", "failure"), hook("onEnd", "end")];

test("hooks are called at the ends that they are for", async () => {
  const { of } = await runInProcess([good, bad, { hooks }]);
  expect(
    of("hook.completed")
      .map(({ step, hook: name }) => `${step} ${name}`)
      .toSorted(),
  ).toEqual(["bad onEnd", "bad onFailure", "good onEnd", "good onSuccess"]);
});

test("a hook knows how its step came out, and what was thrown", async () => {
  const contexts: HookContext[] = [];
  const tell = hook("onFailure", "failure", (context) => void contexts.push(context));
  await runInProcess([bad, { hooks: [tell, hooks[0] as HookDefinition, hooks[2] as HookDefinition] }], {
    request: { tags: { team: "a" } },
  });
  expect(contexts).toMatchObject([
    { step: "bad", status: "failure", assets: ["bad"], tags: { team: "a" }, error: expect.any(TypeError) },
  ]);
});

test("what a hook does wrong is told and changes nothing", async () => {
  const rash = hook("onSuccess", "success", () => {
    throw new Error("no network");
  });
  const { outcome, of } = await runInProcess([good, { hooks: [rash, ...hooks.slice(1)] }]);
  expect(outcome).toBe("success");
  expect(of("hook.failed")).toMatchObject([
    { step: "good", hook: "onSuccess", error: { message: "no network" } },
  ]);
  expect(of("hook.completed")).toMatchObject([{ hook: "onEnd" }]);
});

test("a hook is called once for a step that is tried several times", async () => {
  const shaky = asset({ key: "shaky", hooks: ["onEnd"], retryPolicy: { maxRetries: 1 } }, ({ attempt }) => {
    if (attempt === 1) throw new Error("again");
  });
  const { of } = await runInProcess([shaky, { hooks }]);
  expect(of("hook.completed")).toMatchObject([{ step: "shaky", hook: "onEnd" }]);
});

test("a hook of the job is called for each of its steps", async () => {
  const plain = asset({ key: "plain" }, () => {});
  const { of } = await runInProcess(
    [plain, { hooks, jobs: [{ name: "nightly", selection: "*", hooks: ["onEnd"] }] }],
    { request: { job: "nightly" } },
  );
  expect(of("hook.completed")).toMatchObject([{ step: "plain", hook: "onEnd" }]);
});

test("a hook gets its resources, and those that others wait for are closed after it", async () => {
  const log: string[] = [];
  const mail = resource("mail", {
    pools: ["mail"],
    create: () => ({ send: (text: string) => log.push(text) }),
    close: () => void log.push("closed"),
  });
  const send = hook(
    "onEnd",
    "end",
    ({ resources, step }) => void (resources["mail"] as { send(text: string): void }).send(step),
    ["mail"],
  );
  await runInProcess([good, { resources: [mail] }, { hooks: [...hooks.slice(0, 2), send] }]);
  expect(log).toEqual(["good", "closed"]);
});

test("steps do not wait for the hooks of those before them", async () => {
  const order: string[] = [];
  const below = asset({ key: "below", deps: [good] }, () => void order.push("below"));
  const slow = hook("onEnd", "end", async () => {
    await expect.poll(() => order).toContain("below");
    order.push("hook");
  });
  await runInProcess([good, below, { hooks: [...hooks.slice(0, 2), slow] }], { maxParallel: 2 });
  expect(order).toEqual(["below", "hook"]);
});
