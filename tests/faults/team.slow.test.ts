import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import type { RunId } from "../../platform/core/run.ts";
import { connectRuns } from "../../platform/instance/connect-runs.ts";
import { materialize } from "../../platform/instance/instance.ts";
import { copyProject } from "../host/project-copy.ts";
import { linesOf, untilDead } from "../instance/running-project.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool, requireTool } from "../require-tool.ts";
import { checkHistory } from "./check-history.ts";
import { descendants, kill } from "./descendants.ts";
import { DopProcess, freePort } from "./dop-process.ts";
import { historyOf } from "./history-of.ts";
import { copyShopOfFaults } from "./shop-of-faults.ts";
import { type Member, Team, teamStorage } from "./team.ts";

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });
beforeEach((context) => void requireTool(context, "postgres"));

let postgres: PostgresServer;
beforeAll(async () => {
  if (findTool("postgres") !== undefined) postgres = await PostgresServer.start();
});
afterAll(() => postgres?.[Symbol.asyncDispose]());

/** Two assets: both note their process, the second waits until the file `go` is there. */
const gated = `
  import { appendFileSync, existsSync } from "node:fs";
  import { setTimeout as delay } from "node:timers/promises";
  import { asset } from "#platform";
  export const before = asset({ key: "gate/before", io: "memory" }, () => {
    appendFileSync("before.txt", process.pid + "\\n");
  });
  export const gate = asset({ key: "gate/gate", io: "memory", deps: ["gate/before"] }, async () => {
    appendFileSync("gate.txt", process.pid + "\\n");
    while (!existsSync("go")) await delay(20);
  });
`;

async function gatedTeam(...roles: Member[]) {
  const { root } = copyShopOfFaults(teamStorage, { "defs/gate.ts": gated });
  const url = await postgres.createDatabase();
  const team = await Team.start(root, url, roles);
  return Object.assign(team, {
    ...linesOf(root),
    open: () => writeFileSync(join(root, "go"), ""),
    run: async (id: string) => await team.storage.getRun(id as RunId),
  });
}

test("a worker that is asked to end leaves its run to another, which goes on where it stopped", async () => {
  await using team = await gatedTeam("server", "daemon", "worker", "worker");
  const id = await team.ask({ selection: "key:gate/*" });
  const [pid] = await team.untilLines("gate.txt", 1);
  const owner = team
    .members("worker")
    .find((one) => descendants(one.pid).some((process) => process.pid === Number(pid)));
  owner?.signal("SIGTERM");
  expect(await owner?.ended).toEqual([0, null]);
  await untilDead(Number(pid));
  await team.untilLines("gate.txt", 2);
  team.open();
  await team.atRest(30_000);
  expect(await team.run(id)).toMatchObject({ status: "success", epoch: 2 });
  expect(team.lines("before.txt")).toHaveLength(1);
});

test("a worker that stands still beyond its lease is replaced, and what it says when it goes on is refused", async () => {
  await using team = await gatedTeam("server", "daemon", "worker", "worker");
  const id = await team.ask({ selection: "key:gate/*" });
  const [pid] = await team.untilLines("gate.txt", 1);
  const owner = team
    .members("worker")
    .find((one) => descendants(one.pid).some((process) => process.pid === Number(pid))) as DopProcess;
  const stopped = [owner.pid, ...descendants(owner.pid).map((process) => process.pid)];
  for (const one of stopped) kill(one, "SIGSTOP");
  await team.untilLines("gate.txt", 2);
  // Both attempts may end now; the first one stands still at this moment.
  team.open();
  await vi.waitUntil(async () => (await team.run(id))?.status === "success", { timeout: 30_000 });
  for (const one of stopped) kill(one, "SIGCONT");
  await untilDead(Number(pid));
  await delay(1000);
  const history = await historyOf(team.storage);
  expect(history.runs).toMatchObject([{ status: "success", epoch: 2 }]);
  const poolPeaks = await team.poolPeaks();
  expect(checkHistory({ ...history, asked: [id], seen: team.seen, poolPeaks, queueSlackMs: 0 })).toEqual([]);
  // It is none the worse for it, and takes further runs.
  expect(owner.isRunning).toBe(true);
});

test("a run waits for the first worker without failing, and is cancelled while it waits", async () => {
  await using team = await gatedTeam("server", "daemon");
  team.open();
  const [waits, cancelled] = [
    await team.ask({ selection: "key:gate/*" }),
    await team.ask({ selection: "key:gate/*" }),
  ];
  await vi.waitUntil(async () => (await team.run(cancelled))?.status === "starting", { timeout: 20_000 });
  const [server] = team.members("server");
  await fetch(`${server?.url}/api/v1/runs/${cancelled}/cancel`, { method: "POST" });
  expect(await team.run(cancelled)).toMatchObject({ status: "canceled" });
  expect(await team.run(waits)).toMatchObject({ status: "starting" });
  await team.add("worker");
  await team.atRest(60_000);
  expect(await team.run(waits)).toMatchObject({ status: "success" });
});

test("a command in the folder of a server asks it, and a worker does the work", async () => {
  await using team = await gatedTeam("server", "daemon", "worker");
  const said: string[] = [];
  const unsubscribe = team.storage.subscribe(({ events }) =>
    said.push(...events.map(({ event }) => event.type)),
  );
  await using command = new DopProcess({ root: team.root, args: ["materialize", "-s", "key:chain/*"] });
  expect([await command.ended, command.printed()]).toEqual([
    [0, null],
    expect.stringContaining("chain/third"),
  ]);
  unsubscribe();
  expect(said.filter((type) => type === "run.started")).toHaveLength(1);
  expect(await team.storage.listRuns({ limit: 9 })).toMatchObject([{ status: "success", epoch: 1 }]);
});

test("daemon and worker tell that they are not well while Postgres is away, and are well again afterwards", async () => {
  await using team = await gatedTeam("daemon", "worker");
  const healthy = async () =>
    await Promise.all(
      [...team.members("daemon"), ...team.members("worker")].map(
        async ({ url }) => (await fetch(`${url}/`)).status,
      ),
    );
  expect(await healthy()).toEqual([200, 200]);
  await postgres.stop("immediate");
  try {
    expect(await healthy()).toEqual([503, 503]);
  } finally {
    await postgres.start();
  }
  await vi.waitUntil(async () => (await healthy()).join() === "200,200", { timeout: 30_000 });
});

test("dop dev on Postgres does everything by itself", async () => {
  const url = await postgres.createDatabase();
  const { root } = copyShopOfFaults({ storage: { url } });
  const port = await freePort();
  await using dev = new DopProcess({ root, args: ["dev", "--port", String(port)], port });
  await dev.healthy();
  await using connection = await connectRuns({ root, watch: false });
  expect(connection.ownerUrl).toBe(dev.url);
  const run = await materialize(connection.runs, { target: { selection: "key:chain/*" } });
  expect(run).toMatchObject({ status: "success" });
});

test("without any other process a command on Postgres does the work itself", async () => {
  const url = await postgres.createDatabase();
  const { root } = copyProject("tiny-shop", {
    "package.json": JSON.stringify({ type: "module", dop: { storage: { url } } }),
  });
  await using connection = await connectRuns({ root, watch: false });
  const run = await materialize(connection.runs, { target: { selection: "key:raw/orders+" } });
  expect(run).toMatchObject({ status: "success" });
  expect(existsSync(join(root, ".dop/dop.sqlite"))).toBe(false);
});

test.for(["server", "daemon", "worker"])("dop %s refuses a project on SQLite", async (role) => {
  const { root } = copyProject("tiny-shop");
  await using refused = new DopProcess({ root, args: [role] });
  expect(await refused.ended).toEqual([2, null]);
  expect(refused.printed()).toContain("SQLite");
  expect(existsSync(join(root, ".dop/dop.sqlite"))).toBe(false);
});

test("a variable with the storage's URL that is not set is no reason to use another storage", async () => {
  const { root } = copyShopOfFaults(teamStorage);
  await using refused = new DopProcess({ root, args: ["materialize", "-s", "key:nothing"] });
  expect(await refused.ended).toEqual([2, null]);
  expect(refused.printed()).toContain("DOP_STORAGE_URL");
  expect(existsSync(join(root, ".dop/dop.sqlite"))).toBe(false);
});
