import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { materialize } from "../../platform/instance/instance.ts";
import { copyProject } from "../host/project-copy.ts";
import {
  isAlive,
  linesOf,
  openedProject,
  packageWith,
  runningProject,
  untilDead,
} from "./running-project.ts";

vi.setConfig({ testTimeout: 120_000 });

const startUp = new URL("../../platform/host/start-up.js", import.meta.url).href;
const openInstancePath = fileURLToPath(new URL("../../platform/instance/open-instance.ts", import.meta.url));

/** Two assets: the first notes its process, the second waits until the file `go` is there. */
const chain = `
  import { appendFileSync, existsSync } from "node:fs";
  import { setTimeout as delay } from "node:timers/promises";
  import { asset } from "#platform";
  export const first = asset({ key: "chain/first", io: "memory" }, () => {
    appendFileSync("first.txt", process.pid + "\\n");
  });
  export const second = asset({ key: "chain/second", deps: ["chain/first"] }, async () => {
    appendFileSync("second.txt", process.pid + "\\n");
    while (!existsSync("go")) await delay(20);
  });
`;

test("a run whose worker is killed goes on in another, and what was done is not done again", async () => {
  const { root, runs, lines, untilLines } = await runningProject({ "defs/chain.ts": chain });
  const { id } = await runs.start({ target: { selection: "key:chain/*" } });
  const [pid] = await untilLines("second.txt", 1);
  // What has not been told of is done again.
  await expect.poll(async () => (await runs.find(id))?.steps[0]?.status, { timeout: 30_000 }).toBe("success");
  process.kill(Number(pid), "SIGKILL");
  await untilLines("second.txt", 2);
  writeFileSync(join(root, "go"), "");
  expect(await runs.wait(id)).toMatchObject({ status: "success", epoch: 2 });
  expect(lines("first.txt")).toHaveLength(1);
  expect((await runs.find(id))?.steps).toMatchObject([
    { key: "chain/first", status: "success", attempt: 1 },
    { key: "chain/second", status: "success", attempt: 2 },
  ]);
});

test("a worker that is stopped is replaced, and does not come back", async () => {
  const { root, runs, untilLines } = await runningProject({
    "package.json": packageWith({ worker_silence: "5s" }),
    "defs/chain.ts": chain,
  });
  const { id } = await runs.start({ target: { selection: "key:chain/*" } });
  const [stopped] = await untilLines("second.txt", 1);
  process.kill(Number(stopped), "SIGSTOP");
  await untilLines("second.txt", 2);
  expect(isAlive(Number(stopped))).toBe(false);
  writeFileSync(join(root, "go"), "");
  const { status, epoch } = await runs.wait(id);
  expect(status).toBe("success");
  // On a busy machine the next worker may have been silent for as long too.
  expect(epoch).toBeGreaterThan(1);
});

test("a worker whose code keeps its event loop busy is alive", async () => {
  const { runs } = await runningProject({
    "package.json": packageWith({ worker_silence: "3s" }),
    "defs/busy.ts": `
      import { asset } from "#platform";
      export const busy = asset({ key: "busy" }, () => {
        for (const end = Date.now() + 6000; Date.now() < end; );
      });`,
  });
  expect(await materialize(runs, { target: { selection: "key:busy" } })).toMatchObject({
    status: "success",
    epoch: 1,
  });
});

/** Opens the project as a server in a process of its own, starts a run, tells when its first step is done, and stays. */
async function serverProcess(root: string, selection: string) {
  const script = `
    import { openInstance } from ${JSON.stringify(openInstancePath)};
    const instance = await openInstance({ root: process.cwd(), watch: true });
    const { id } = await instance.runs.start({ target: { selection: ${JSON.stringify(selection)} } });
    while ((await instance.runs.find(id)).steps[0].status !== "success")
      await new Promise((resolve) => setTimeout(resolve, 20));
    console.log(id);
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ["--import", startUp, "--input-type=module", "--eval", script], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const id = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
  });
  return {
    id,
    async kill() {
      const exited = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await exited;
    },
  };
}

test.for([
  { what: "its worker", stop: false },
  { what: "its worker, which stands still and would outlive it,", stop: true },
])(
  "when the server is killed $what goes as well, and the next server lets the run go on",
  async ({ stop }) => {
    const { root } = copyProject("tiny-shop", { "defs/chain.ts": chain });
    const server = await serverProcess(root, "key:chain/*");
    const [pid] = await linesOf(root).untilLines("second.txt", 1);
    const worker = Number(pid);
    if (stop) process.kill(worker, "SIGSTOP");
    await server.kill();
    if (!stop) await untilDead(worker);
    else expect(isAlive(worker)).toBe(true);
    const { runs, untilLines, lines } = await openedProject(root);
    await untilDead(worker);
    await untilLines("second.txt", 2);
    writeFileSync(join(root, "go"), "");
    expect(await runs.wait(server.id)).toMatchObject({ status: "success", epoch: 2 });
    expect(lines("first.txt")).toHaveLength(1);
  },
);

test("cancelling a run ends what its steps have started, also what that has started", async () => {
  const { runs, untilLines } = await runningProject({
    "defs/tree.ts": `
      import { asset } from "#platform";
      export const tree = asset({ key: "tree" }, async ({ subprocess }) => {
        await subprocess("sh", ["-c", "sh -c 'echo $$ >> pids.txt; sleep 300; true' & echo $$ >> pids.txt; wait"]);
      });`,
  });
  const { id } = await runs.start({ target: { selection: "key:tree" } });
  const pids = (await untilLines("pids.txt", 2)).map(Number);
  await runs.cancel(id);
  expect(await runs.wait(id)).toMatchObject({ status: "canceled" });
  for (const pid of pids) await untilDead(pid);
});

test("a pool is never taken beyond its limit by several runs, and all of them get it", async () => {
  const { runs, lines } = await runningProject({
    "package.json": packageWith({ max_concurrent_runs: 3 }, { pools: { till: 1 } }),
    "defs/till.ts": `
      import { appendFileSync } from "node:fs";
      import { setTimeout as delay } from "node:timers/promises";
      import { asset } from "#platform";
      export const tills = ["a", "b", "c"].map((name) =>
        asset({ key: "till/" + name, io: "memory", pool: "till" }, async () => {
          appendFileSync("till.txt", "in\\n");
          await delay(50);
          appendFileSync("till.txt", "out\\n");
        }),
      );`,
  });
  const started = await Promise.all(
    ["a", "b", "c"].map((name) => runs.start({ target: { selection: `key:till/${name}` } })),
  );
  const ended = await Promise.all(started.map(({ id }) => runs.wait(id)));
  expect(ended.map(({ status }) => status)).toEqual(["success", "success", "success"]);
  expect(lines("till.txt")).toEqual(["in", "out", "in", "out", "in", "out"]);
});

test("a run that takes longer than it may is stopped and has failed, with its reason", async () => {
  const { runs } = await runningProject({
    "defs/slow.ts": `
      import { asset } from "#platform";
      export const slow = asset({ key: "slow" }, () => new Promise((resolve) => setTimeout(resolve, 60_000)));`,
  });
  expect(await materialize(runs, { target: { selection: "key:slow" }, maxRuntimeSeconds: 1 })).toMatchObject({
    status: "failure",
    failure_reason: "max_runtime",
  });
});
