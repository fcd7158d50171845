import { existsSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { StepProcessEntry } from "../../platform/host/step-process-entry.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { copyProject } from "./project-copy.ts";

vi.setConfig({ testTimeout: 60_000 });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  // Dead, but nobody has asked for its exit code yet.
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, "utf8"));
}

async function run(code: string, target: { selection: string } | { job: string } = { selection: "key:it" }) {
  return await runIn(project(code), target);
}

function project(code: string): string {
  const { root } = copyProject("tiny-shop", {
    "defs/isolated.ts": `import { asset, graph, hook, input, job, op, StepError } from "#platform";\n${code}`,
  });
  return root;
}

async function runIn(root: string, target: { selection: string } | { job: string }) {
  const instance = await openInstance({ root, watch: false });
  onTestFinished(async () => await instance[Symbol.asyncDispose]());
  const { runs } = instance;
  const { id } = await runs.start({ target });
  const events = async (type: string) =>
    (await runs.events(id)).events.filter((event) => event.type === type);
  const log = async (): Promise<string> => {
    for (;;) {
      const [told] = await events("log");
      if (told !== undefined) return String(told["message"]);
      await delay(20);
    }
  };
  return { runs, id, events, log, ended: () => runs.wait(id) };
}

test("a step that wants a process of its own has one, and the run's others share the worker's", async () => {
  const { ended, events } = await run(
    `
    export const a = asset({ key: "a" }, ({ log }) => log.info(String(process.pid)));
    export const b = asset({ key: "b", deps: [a] }, ({ log }) => log.info(String(process.pid)));
    export const c = asset({ key: "c", isolation: "process" }, ({ log }) => log.info(String(process.pid)));
    export const d = asset({ key: "d", isolation: "process" }, ({ log }) => log.info(String(process.pid)));`,
    { selection: "key:a or key:b or key:c or key:d" },
  );
  expect(await ended()).toMatchObject({ status: "success" });
  const pids = Object.fromEntries((await events("log")).map((event) => [event.step, event["message"]]));
  expect(pids["a"]).toBe(pids["b"]);
  expect(new Set(Object.values(pids)).size).toBe(3);
  expect(await events("asset.materialized")).toHaveLength(4);
});

test("a step whose process is killed fails with what happened, and is tried again by its policy", async () => {
  const { ended, events } = await run(`
    export const it = asset({ key: "it", isolation: "process", retryPolicy: { maxRetries: 1 } }, ({ attempt }) => {
      process.stderr.write("no more memory\\n");
      if (attempt === 1) process.kill(process.pid, "SIGKILL");
      throw new StepError("second", { retry: "later" });
    });`);
  expect(await ended()).toMatchObject({ status: "failure" });
  expect(await events("step.retrying")).toMatchObject([
    { attempt: 1, error: { name: "StepError", message: expect.stringContaining("SIGKILL") } },
  ]);
  expect(await events("step.failed")).toMatchObject([{ error: { message: "second" } }]);
  expect(await events("asset.failed")).toMatchObject([{ asset: "it" }]);
});

test("a step that ends its process has failed, and its last words are kept", async () => {
  const { ended, events, runs, id } = await run(`
    export const it = asset({ key: "it", isolation: "process" }, ({ log }) => {
      console.log("to the file");
      log.error("the till is empty");
      process.exit(7);
    });`);
  expect(await ended()).toMatchObject({ status: "failure" });
  expect(await events("step.failed")).toMatchObject([
    { error: { message: expect.stringContaining("exit code 7") } },
  ]);
  expect(await events("log")).toMatchObject([{ step: "it", message: "the till is empty" }]);
  expect(await runs.readLog(id, { step: "it", stream: "stdout" })).toMatchObject({ text: "to the file\n" });
});

test("a cancellation reaches the process of a step and what it has started", async () => {
  const { ended, log, runs, id } = await run(`
    export const it = asset({ key: "it", isolation: "process" }, async ({ subprocess, log }) => {
      await subprocess("sh", ["-c", "echo $$; exec sleep 300"], {
        onStdoutLine: (line) => log.info(process.pid + " " + line),
      });
    });`);
  const pids = (await log()).split(" ").map(Number);
  expect(pids.map(isAlive)).toEqual([true, true]);
  await runs.cancel(id);
  expect(await ended()).toMatchObject({ status: "canceled" });
  for (const pid of pids) while (isAlive(pid)) await delay(20);
});

test("what the process of a step has started dies with it", async () => {
  const { ended, log } = await run(`
    export const it = asset({ key: "it", isolation: "process" }, async ({ subprocess, log }) => {
      await subprocess("sh", ["-c", "echo $$; exec sleep 300"], {
        onStdoutLine: (line) => log.info(process.pid + " " + line),
      });
    });`);
  const [own, child] = (await log()).split(" ").map(Number) as [number, number];
  process.kill(own, "SIGKILL");
  expect(await ended()).toMatchObject({ status: "failure" });
  while (isAlive(child)) await delay(20);
});

test("the time limit of a step holds in its process", async () => {
  const { ended, events } = await run(`
    export const it = asset({ key: "it", isolation: "process", timeoutSeconds: 0.3 }, async ({ signal }) => {
      await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });`);
  expect(await ended()).toMatchObject({ status: "failure" });
  expect(await events("step.failed")).toMatchObject([
    { error: { message: "the step took longer than 0.3 s" } },
  ]);
});

test("values go from process to process, and hooks are called in that of their step", async () => {
  const { ended, events } = await run(
    `
    const give = op({ name: "give", isolation: "process" }, () => new Map([["pid", process.pid]]));
    const told = hook("success", ({ log, step }) => log.info(step + " hook " + process.pid), { name: "told" });
    const take = op({ name: "take", ins: { given: input() }, isolation: "process", hooks: [told] }, ({ given, log }) => {
      log.info("step " + process.pid + " " + given.get("pid"));
    });
    export const it = job("it", { graph: graph({ name: "g" }, () => take(give())) });
    export const hooks = [told];
    `,
    { job: "it" },
  );
  expect(await ended()).toMatchObject({ status: "success" });
  const [step, hooked] = (await events("log")).map((event) => String(event["message"]).split(" "));
  expect(hooked).toEqual(["it.take", "hook", step?.[1]]);
  expect(step?.[2]).not.toBe(step?.[1]);
  expect(await events("hook.completed")).toMatchObject([{ step: "it.take", hook: "told" }]);
});

test("the process of a step has one instance of what it packs, also for code that is imported later", async () => {
  const root = project(`
    export const it = asset({ key: "it", isolation: "process" }, async ({ log }) => {
      const entry = import.meta.resolve("#platform");
      const again = await import("#platform");
      const { Secret } = await import(new URL("core/secret.ts", entry.replace("dop-packed:", "")).href);
      log.info(String(again.asset === asset && again.Secret === Secret && entry.startsWith("dop-packed:")));
    });`);
  await new StepProcessEntry(root).made();
  const { ended, events } = await runIn(root, { selection: "key:it" });
  expect(await ended()).toMatchObject({ status: "success" });
  expect(await events("log")).toMatchObject([{ message: "true" }]);
});

test("what the process of a step starts is not told where dop keeps compiled code", async () => {
  const root = project(`
    export const it = asset({ key: "it", isolation: "process" }, ({ log }) =>
      log.info(String(process.env.NODE_COMPILE_CACHE)),
    );`);
  await new StepProcessEntry(root).made();
  const { ended, events } = await runIn(root, { selection: "key:it" });
  expect(await ended()).toMatchObject({ status: "success" });
  expect(await events("log")).toMatchObject([{ message: "undefined" }]);
});
