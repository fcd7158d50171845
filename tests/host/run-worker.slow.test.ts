import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { isAlive, packageWith } from "../instance/running-project.ts";
import { copyProject } from "./project-copy.ts";

vi.setConfig({ testTimeout: 60_000 });

/** A step that starts a command, and tells the number of its own process and the command's. */
const sleeper = `
  import { asset } from "#platform";
  export const it = asset({ key: "sleeper" }, async ({ subprocess, log }) => {
    await subprocess("sh", ["-c", "echo $$; exec sleep 300"], {
      onStdoutLine: (line) => log.info(process.pid + " " + line),
    });
  });
`;

async function instanceOf(defs: { readonly [path: string]: string }) {
  const { root } = copyProject("tiny-shop", defs);
  const instance = await openInstance({ root, watch: false });
  onTestFinished(async () => await instance[Symbol.asyncDispose]());
  return { runs: instance.runs };
}

test("what the step of a killed worker has started dies with the worker", async () => {
  const { runs } = await instanceOf({
    "package.json": packageWith({ max_resumes: 0 }),
    "defs/sleeper.ts": sleeper,
  });
  const { id } = await runs.start({ target: { selection: "key:sleeper" } });
  let told: unknown;
  while (told === undefined) {
    told = (await runs.events(id)).events.find(({ type }) => type === "log")?.["message"];
    await delay(20);
  }
  const [worker, child] = String(told).split(" ").map(Number) as [number, number];
  expect(isAlive(child)).toBe(true);
  process.kill(worker, "SIGKILL");
  expect(await runs.wait(id)).toMatchObject({ status: "failure", failure_reason: "worker_lost" });
  while (isAlive(child)) await delay(20);
});

test("what code writes while it is imported stands in the run's log, without secrets", async () => {
  const { runs } = await instanceOf({
    ".env": "SHOP_TOKEN=correct-horse\n",
    "defs/chatty.ts": `
      import { asset } from "#platform";
      console.log("imported with correct-horse");
      process.stderr.write("no end of line");
      export const it = asset({ key: "chatty" }, () => {});`,
  });
  const { id } = await runs.start({ target: { selection: "key:chatty" } });
  expect(await runs.wait(id)).toMatchObject({ status: "success" });
  const logs = (await runs.events(id)).events.filter(({ type }) => type === "log");
  expect(logs).toMatchObject([
    { level: "info", message: "imported with •••" },
    { level: "warning", message: "no end of line" },
  ]);
});

test("the last words of a step that ends the process are kept", async () => {
  const { runs } = await instanceOf({
    "defs/rash.ts": `
      import { asset } from "#platform";
      export const it = asset({ key: "rash" }, ({ log }) => {
        log.error("the till is empty");
        process.exit(7);
      });`,
  });
  const { id } = await runs.start({ target: { selection: "key:rash" } });
  expect(await runs.wait(id)).toMatchObject({
    status: "failure",
    failure: expect.stringContaining("exit code 7"),
  });
  expect((await runs.events(id)).events).toContainEqual(
    expect.objectContaining({ type: "log", step: "rash", message: "the till is empty" }),
  );
});
