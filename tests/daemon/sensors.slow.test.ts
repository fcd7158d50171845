import { createHmac } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { startDaemon } from "../../platform/daemon/run-daemon-loop.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { createServerLog } from "../../platform/instance/server-log.ts";
import { startDev } from "../../platform/server/run-dev.ts";
import { copyProject } from "../host/project-copy.ts";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool } from "../require-tool.ts";

vi.setConfig({ testTimeout: 120_000 });

const packageOf = (more: object = {}) =>
  JSON.stringify({
    name: "tiny-shop",
    private: true,
    type: "module",
    dop: { registry: { lib: join(import.meta.dirname, "../../lib") }, ...more },
  });

const secret = "it's a secret";
const signatureOf = (text: string) => `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`;

const hook = `type: lib.SensorComponent
attributes:
  name: landed
  target: "key:raw/orders"
  default_status: running
  watch: { kind: webhook, path: landed, secret_env: HOOK_SECRET }
  request: { tags: { file: "{{ payload.file }}" } }
`;

const functions = `import { customCondition, asset, sensor } from "#platform";
const target = "key:raw/orders";
const always = { target, every: "1s", timeout: "2s", defaultStatus: "running" } as const;
export const hangs = sensor("hangs", always, () => {
  for (;;) {}
});
export const throws = sensor("throws", always, () => {
  throw new Error("no such shop");
});
export const fine = sensor("fine", always, ({ cursor }) => {
  const next = Number(cursor ?? 0) + 1;
  return next > 2 ? { skipReason: "enough" } : { requests: [{ runKey: String(next) }], cursor: String(next) };
});
export const ready = customCondition("ready", {}, () => true);
export const mart = asset(
  { key: "mart/ready", automationCondition: { type: "newly_true", operand: ready.condition } },
  () => [{ id: 1 }],
);
`;

interface Run {
  readonly id: string;
  readonly status: string;
  readonly assets: readonly string[];
  readonly tags: { readonly [key: string]: string };
}

test("a sensor that hangs and one that throws harm no other, nor conditions", async () => {
  const { root } = copyProject("tiny-shop", { "defs/functions.ts": functions });
  const dev = await startDev({ root, version: "0", port: 0, print: () => {}, say: () => {} });
  onTestFinished(async () => await dev[Symbol.asyncDispose]());
  const json = async <T>(path: string) => (await (await fetch(`${dev.url}/api/v1${path}`)).json()) as T;
  const succeeded = async (tag: string, count: number): Promise<Run[]> => {
    for (;;) {
      const { runs = [] } = await json<{ runs?: Run[] }>(`/runs?tag=${encodeURIComponent(tag)}`);
      const done = runs.filter(({ status }) => status === "success");
      if (done.length >= count) return done;
      await delay(200);
    }
  };
  expect(await succeeded("dop/sensor=fine", 2)).toHaveLength(2);
  expect((await succeeded("dop/automation=automation", 1))[0]?.assets).toEqual(["mart/ready"]);
  const reasonOf = async (name: string): Promise<string> => {
    for (;;) {
      const { ticks } = await json<{ ticks: { reason: string | null }[] }>(`/sensors/${name}/ticks`);
      const reason = ticks[0]?.reason;
      if (typeof reason === "string") return reason;
      await delay(200);
    }
  };
  expect(await reasonOf("throws")).toBe("defs/functions.ts:8:9: no such shop");
  expect(await reasonOf("hangs")).toBe("it did not answer within 2 s");
});

test("under two daemons each delivery of a webhook makes one run", async (context) => {
  requireTool(context, "postgres");
  await using server = await PostgresServer.start();
  const url = await server.createDatabase();
  const { root } = copyProject("tiny-shop", {
    "defs/hook/component.yaml": hook,
    ".env": `HOOK_SECRET="${secret}"\n`,
    "package.json": packageOf({ storage: { url } }),
  });
  // They end before the server, which is still to take their leave.
  await using opened = new AsyncDisposableStack();
  const open = async (role: "api" | "daemon") => {
    const log = opened.use(createServerLog(join(root, ".dop/logs")));
    const instance = opened.use(await openInstance({ root, watch: true, part: { role, log } }));
    await instance.definitions.ready();
    return instance;
  };
  const api = await open("api");
  for (const instance of [await open("daemon"), await open("daemon")]) opened.use(startDaemon(instance));
  const send = (id: string) => {
    const body = JSON.stringify({ file: `${id}.csv` });
    const headers = { "x-hub-signature-256": signatureOf(body), "idempotency-key": id };
    return api.webhooks.receive("landed", { body, headers });
  };
  const ids = Array.from({ length: 10 }, (_, place) => `d${place}`);
  const taken = await Promise.all([...ids, ...ids].map(send));
  expect(taken.filter(({ repeated }) => !repeated)).toHaveLength(10);
  const runs = async () => await api.runs.list({ tags: { "dop/sensor": "landed" } });
  while ((await runs()).length < 10) await delay(200);
  await Promise.all(ids.map(send));
  await delay(3000);
  expect((await runs()).map(({ tags }) => tags["file"]).toSorted()).toEqual(ids.map((id) => `${id}.csv`));
});
