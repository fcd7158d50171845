import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test, vi } from "vitest";
import { connectRuns } from "../../platform/instance/connect-runs.ts";
import { materialize } from "../../platform/instance/instance.ts";
import { acquireOwnerLock } from "../../platform/instance/owner-lock.ts";
import { stateFolderOf } from "../../platform/instance/state-folder.ts";
import { startDev } from "../../platform/server/run-dev.ts";
import { copyProject } from "../host/project-copy.ts";

vi.setConfig({ testTimeout: 60_000 });

async function served(root: string) {
  const said: string[] = [];
  let wake = () => {};
  const dev = await startDev({
    root,
    version: "0",
    port: 0,
    print: () => {},
    say(text) {
      said.push(text);
      wake();
    },
  });
  onTestFinished(async () => await dev[Symbol.asyncDispose]());
  return {
    url: dev.url,
    /** The next talk that matches, with what was said before it gone. */
    async saying(pattern: RegExp): Promise<string> {
      for (;;) {
        for (let text = said.shift(); text !== undefined; text = said.shift())
          if (pattern.test(text)) return text;
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
    },
    json: async (path: string): Promise<unknown> => await (await fetch(`${dev.url}${path}`)).json(),
  };
}

test("health waits for the definitions, and what is loaded is told in one line", async () => {
  const { root } = copyProject("tiny-shop");
  const { url, saying } = await served(root);
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(503);
  expect(await saying(/^loaded/)).toMatch(/^loaded in \d+ ms: 3 assets, 2 components, no problems$/);
  expect((await fetch(`${url}/api/v1/health`)).status).toBe(200);
});

test("a command that has the project for moments does not keep a server from starting", async () => {
  const { root } = copyProject("tiny-shop");
  const command = await acquireOwnerLock(root, stateFolderOf(root));
  const starting = served(root);
  await delay(150);
  command[Symbol.dispose]();
  expect((await fetch(`${(await starting).url}/api/v1/health`)).status).toBeLessThan(600);
});

test("a change is told with what changed, and a problem with its place", async () => {
  const { root, write } = copyProject("tiny-shop");
  const { saying, json } = await served(root);
  await saying(/^loaded/);
  const customers = readFileSync(join(root, "defs/customers.ts"), "utf8");
  write("defs/customers.ts", customers.replace("What each customer spent", "Spending"));
  expect(await saying(/^reloaded/)).toMatch(/: 1 asset changed$/);
  write("defs/shop/component.yaml", "type: .shop.ShopComponent\nattributes:\n  oders: []\n");
  expect(await saying(/^reloaded/)).toMatch(/1 check removed/);
  expect(await saying(/unknown-attribute/)).toContain(
    "defs/shop/component.yaml:3:3 error[unknown-attribute]",
  );
  expect(await json("/api/v1/components")).toMatchObject({
    components: expect.arrayContaining([expect.objectContaining({ name: "shop", status: "quarantined" })]),
  });
});

test("a command talks to the process that owns the project", async () => {
  const { root } = copyProject("tiny-shop");
  const { url, saying } = await served(root);
  await saying(/^loaded/);
  await using connection = await connectRuns({ root, watch: false });
  expect(connection.ownerUrl).toBe(url);
  const { runs } = connection;
  const types: string[] = [];
  const run = await materialize(
    runs,
    { target: { selection: "key:raw/orders" }, tags: { asked: "remotely" } },
    { onEvents: ({ events }) => types.push(...events.map(({ type }) => type)) },
  );
  expect(run).toMatchObject({ status: "success", tags: { asked: "remotely" } });
  expect(types.at(0)).toBe("run.starting");
  expect(types.at(-1)).toBe("run.succeeded");
  expect(await runs.list()).toMatchObject([{ id: run.id }]);
  expect(await runs.find(run.id)).toMatchObject({ steps: [{ key: "shop/orders", status: "success" }] });
  expect(await runs.readLog(run.id, { step: "shop/orders", stream: "stdout" })).toMatchObject({
    text: "reading the till\n",
    end: true,
  });
  expect(await runs.find("nobody")).toBeUndefined();
  await expect(runs.cancel(run.id)).rejects.toMatchObject({ reason: "refused-transition" });
  await expect(runs.start({ target: { selection: "key:raw/nothing" } })).rejects.toMatchObject({
    reason: "nothing-selected",
  });
});

test("what the owner refuses for a component's sake comes with its problems", async () => {
  const { root } = copyProject("tiny-shop", {
    "defs/pay/component.yaml": "type: .pay.Pay\nattributes:\n  token: \"{{ env('PAY_TOKEN_OF_NOBODY') }}\"\n",
    "defs/pay/pay.ts": `
      import { assetKey, Component } from "#platform";
      import { Type } from "typebox";
      const schema = Type.Object({ token: Type.String() });
      export class Pay extends Component {
        static schema = schema;
        buildDefinitions() {
          const key = assetKey("raw", "payments");
          return { assets: [{ key }], steps: [{ name: "pay", assets: [key], checks: [], canSubset: false, execution: "materialize", resources: [], run: async () => {} }] };
        }
      }`,
  });
  const { saying } = await served(root);
  await saying(/^loaded/);
  await using connection = await connectRuns({ root, watch: false });
  await expect(connection.runs.start({ target: { selection: "key:raw/payments" } })).rejects.toMatchObject({
    name: "DefinitionsError",
    problems: [{ span: { file: "defs/pay/component.yaml" } }],
  });
});

test("a taken port is refused when it was asked for", async () => {
  const { root } = copyProject("tiny-shop");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  await expect(startDev({ root, port, version: "0", print: () => {}, say: () => {} })).rejects.toMatchObject({
    reason: "cannot-listen",
  });
  expect(existsSync(join(root, ".dop/owner.lock"))).toBe(false);
});

const slowModule = `
  import { asset } from "#platform";
  import { spawn } from "node:child_process";
  import { writeFileSync } from "node:fs";
  export const slow = asset({ key: "slow" }, async ({ signal, context }) => {
    const child = spawn("sleep", ["600"], { stdio: "ignore" });
    writeFileSync(context.projectRoot + "/pids", [process.pid, child.pid].join(" "));
    await new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  });`;

/** A server in a process of its own, with a run in progress whose step has started another process. */
async function servedElsewhere() {
  const { root } = copyProject("tiny-shop", { "defs/slow.ts": slowModule });
  const startUp = fileURLToPath(new URL("../../platform/host/start-up.js", import.meta.url));
  const script = fileURLToPath(new URL("./dev-process.ts", import.meta.url));
  const child = spawn(process.execPath, ["--import", startUp, script, root], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += String(chunk);
  });
  while (!printed.includes("http://")) await delay(20);
  const url = /http:\S+/.exec(printed)?.[0] ?? "";
  while ((await fetch(`${url}/api/v1/health`)).status !== 200) await delay(50);
  const headers = { "content-type": "application/json" };
  const body = '{"selection": "key:slow"}';
  const started = await fetch(`${url}/api/v1/runs`, { method: "POST", headers, body });
  const { run } = (await started.json()) as { run: { id: string } };
  const file = join(root, "pids");
  while (!existsSync(file) || readFileSync(file, "utf8") === "") await delay(20);
  const pids = readFileSync(file, "utf8").split(" ").map(Number);
  return { root, child, runId: run.id, pids, printed: () => printed };
}

test("SIGINT ends the process and all that it started, a run in progress as cancelled", async () => {
  const { root, child, runId, pids, printed } = await servedElsewhere();
  child.kill("SIGINT");
  expect(await once(child, "exit")).toEqual([0, null]);
  expect(printed()).toContain("closed");
  expect(pids.filter(isRunning)).toEqual([]);
  await using connection = await connectRuns({ root, watch: false });
  expect(await connection.runs.find(runId)).toMatchObject({ run: { status: "canceled" } });
});

test("a killed server takes its workers along, and the next server takes up what it left", async () => {
  const { root, child, runId, pids } = await servedElsewhere();
  child.kill("SIGKILL");
  while (pids.some(isRunning)) await delay(50);
  {
    await using connection = await connectRuns({ root, watch: false });
    expect(connection.ownerUrl).toBeUndefined();
    expect(await connection.runs.find(runId)).toMatchObject({
      run: { status: expect.stringMatching(/^start/), epoch: 1 },
    });
  }
  const { json } = await served(root);
  const runNow = async () =>
    ((await json(`/api/v1/runs/${runId}`)) as { run: { epoch: number; status: string } }).run;
  while ((await runNow()).epoch === 1) await delay(50);
  expect(await runNow()).toMatchObject({ epoch: 2, status: expect.stringMatching(/^start/) });
});

/** A dead process that nobody has asked after is still listed, as a zombie. */
function isRunning(pid: number): boolean {
  const { status, stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return status === 0 && !stdout.startsWith("Z");
}
