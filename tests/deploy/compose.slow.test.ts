import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { parse } from "yaml";
import { commandTable } from "../../platform/cli/command-table.ts";
import type { RunDetailView, RunView } from "../../platform/core/views.ts";
import { DopProcess, freePort } from "../faults/dop-process.ts";
import { copyProject } from "../host/project-copy.ts";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";

vi.setConfig({ testTimeout: 180_000 });
beforeEach((context) => void requireTool(context, "postgres"));

const repository = fileURLToPath(new URL("../..", import.meta.url));
const file = join(repository, "platform/deploy/compose.yaml");

interface Service {
  readonly command: readonly string[];
  readonly environment: { readonly [name: string]: string };
  readonly healthcheck: { readonly test: readonly string[] };
  readonly build?: { readonly context: string; readonly dockerfile: string };
}

const { services } = parse(readFileSync(file, "utf8"), { merge: true }) as {
  services: { readonly [name: string]: Service };
};
const own = ["server", "daemon", "worker"];

/** `${NAME:-default}` and `${NAME:?message}` as Compose fills them in. */
function filledIn(text: string, variables: { readonly [name: string]: string }): string {
  return text.replace(/\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}/g, (_whole, name: string, fallback?: string) => {
    const value = variables[name] ?? fallback;
    if (value === undefined) throw new Error(`${name} is not set`);
    return value;
  });
}

test("every service of ours is a command of dop, built from a Dockerfile that is there", () => {
  expect(Object.keys(services).toSorted()).toEqual([...own, "postgres"].toSorted());
  for (const name of own) {
    const { command, build } = services[name] as Service;
    expect(Object.keys(commandTable)).toContain(command[0]);
    const context = join(dirname(file), build?.context ?? "");
    expect(existsSync(join(context, build?.dockerfile ?? ""))).toBe(true);
  }
});

test("the services of the Compose file, started as it says, run a job that the API is asked for, and end on SIGTERM", async () => {
  await using postgres = await PostgresServer.start();
  const { root } = copyProject("tiny-shop", {
    "package.json": JSON.stringify({
      type: "module",
      dop: { storage: { url: { env: "DOP_STORAGE_URL" } }, environments: [{ name: "prod" }] },
    }),
  });
  const token = "a-token-of-the-team";
  const variables = { POSTGRES_PASSWORD: "secret", DOP_SERVER_TOKEN: token };
  const database = await postgres.createDatabase();
  const started = await Promise.all(
    own.map(async (name) => {
      const { command, environment, healthcheck } = services[name] as Service;
      // In a container each has the port to itself.
      const port = await freePort();
      const withPort = (text: string) => text.replace(/\b(3939|8080)\b/, String(port));
      const env = Object.fromEntries(
        Object.entries(environment).map(([key, value]) => {
          const text = filledIn(value, variables);
          return [key, text.replace(/^postgres:.*@postgres:5432\/dop$/, database)];
        }),
      );
      const process = new DopProcess({ root, args: command.map(withPort), env, port });
      onTestFinished(async () => await process[Symbol.asyncDispose]());
      return { name, process, health: healthcheck.test.slice(1).map(withPort) };
    }),
  );
  for (const { process: dop, health } of started) {
    const [, ...args] = health;
    for (;;) {
      const [code] = await once(spawn(process.execPath, args, { cwd: repository }), "exit");
      if (code === 0) break;
      if (!dop.isRunning) throw new Error(dop.printed());
      await delay(100);
    }
  }
  const api = `${started[0]?.process.url}/api/v1`;
  expect((await fetch(`${api}/assets`)).status).toBe(401);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const body = JSON.stringify({ selection: "key:raw/orders+" });
  const asked = await fetch(`${api}/runs`, { method: "POST", headers, body });
  const { run } = (await asked.json()) as { run: RunView };
  const find = async () =>
    (await (await fetch(`${api}/runs/${run.id}`, { headers })).json()) as RunDetailView;
  await vi.waitUntil(async () => (await find()).run.status === "success", { timeout: 60_000 });
  const log = await fetch(`${api}/runs/${run.id}/logs/shop%2Forders/stdout`, { headers });
  expect(await log.text()).toBe("reading the till\n");
  for (const { process: dop } of started) dop.signal("SIGTERM");
  for (const { process: dop } of started) expect(await dop.ended).toEqual([0, null]);
});
