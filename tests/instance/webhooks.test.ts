import { createHmac } from "node:crypto";
import { expect, onTestFinished, test } from "vitest";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import { writeSwitch } from "../../platform/instance/instigator-switches.ts";
import { createWebhooks, signatureFault } from "../../platform/instance/webhooks.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";

const secret = "it's a secret";
const now = Temporal.Instant.from("2026-03-01T00:00:00Z");
const seconds = now.epochMilliseconds / 1000;
const sign = (text: string, key = secret) => createHmac("sha256", key).update(text).digest("hex");
const body = '{"file":"a.csv"}';

test.for([
  { why: "GitHub's signature", scheme: "github", headers: { "x-hub-signature-256": `sha256=${sign(body)}` } },
  { why: "a signed moment", scheme: "timestamped", headers: { "x-dop-signature": signed(seconds) } },
  {
    why: "a moment of 5 minutes ago",
    scheme: "timestamped",
    headers: { "stripe-signature": signed(seconds - 300) },
  },
  {
    why: "the second of two signatures",
    scheme: "timestamped",
    headers: { "stripe-signature": `t=${seconds},v1=00,v1=${sign(`${seconds}.${body}`)}` },
  },
] as const)("a request with $why is genuine", ({ scheme, headers }) => {
  expect(signatureFault(scheme, { secret, request: { headers, body }, now })).toBeUndefined();
});

test.for([
  {
    why: "another secret",
    scheme: "github",
    headers: { "x-hub-signature-256": `sha256=${sign(body, "x")}` },
  },
  { why: "another body", scheme: "github", headers: { "x-hub-signature-256": `sha256=${sign("{}")}` } },
  { why: "a signature without its name", scheme: "github", headers: { "x-hub-signature-256": sign(body) } },
  { why: "no signature", scheme: "github", headers: {} },
  {
    why: "a moment too long ago",
    scheme: "timestamped",
    headers: { "stripe-signature": signed(seconds - 301) },
  },
  { why: "a moment to come", scheme: "timestamped", headers: { "stripe-signature": signed(seconds + 301) } },
  {
    why: "a moment that is not signed",
    scheme: "timestamped",
    headers: { "stripe-signature": `t=${seconds},v1=${sign(body)}` },
  },
] as const)("a request with $why is not genuine", ({ scheme, headers }) => {
  expect(signatureFault(scheme, { secret, request: { headers, body }, now })).toEqual(expect.any(String));
});

function signed(at: number): string {
  return `t=${at},v1=${sign(`${at}.${body}`)}`;
}

async function hooks(variables: { readonly [name: string]: string } = { HOOK_SECRET: secret }) {
  const storage = await openSqliteStorage(":memory:");
  onTestFinished(() => storage.close());
  const sensor = {
    name: "landed",
    kind: "webhook",
    minimumIntervalSeconds: 2,
    defaultStatus: "running",
    settings: { path: "orders-landed", secret_env: "HOOK_SECRET" },
  };
  const snapshot = { definitions: { sensors: [sensor] } } as unknown as DefinitionsSnapshot;
  let told = 0;
  const webhooks = createWebhooks({
    storage,
    snapshot: async () => snapshot,
    variables: () => variables,
    now: () => now,
    onDelivery: () => void told++,
  });
  const send = (text: string, headers: { readonly [name: string]: string } = {}, name = "orders-landed") =>
    webhooks.receive(name, {
      body: text,
      headers: { "x-hub-signature-256": `sha256=${sign(text)}`, ...headers },
    });
  return { storage, send, told: () => told };
}

test("a delivery is stored once, however often it is sent", async () => {
  const { send, storage, told } = await hooks();
  expect(await send(body, { "idempotency-key": "k1" })).toEqual({ id: "k1", repeated: false });
  expect(await send(body, { "idempotency-key": "k1" })).toEqual({ id: "k1", repeated: true });
  expect(await storage.listCursors("hook-waiting/")).toHaveLength(1);
  expect(told()).toBe(1);
});

test("without a key equal bodies are one delivery", async () => {
  const { send } = await hooks();
  const { id } = await send(body);
  expect(await send(body)).toEqual({ id, repeated: true });
  expect((await send("{}")).repeated).toBe(false);
});

test("what is kept of the headers proves nothing to a third", async () => {
  const { send, storage } = await hooks();
  await send(body, { "idempotency-key": "k1", authorization: "Bearer x", "x-event": "push" });
  const [text = ""] = (await storage.listCursors("hook-waiting/")).values();
  expect(JSON.parse(text).headers).toEqual({ "idempotency-key": "k1", "x-event": "push" });
});

test.for([
  {
    why: "another body under a known key",
    text: "{}",
    headers: { "idempotency-key": "k1" },
    reason: "delivery-conflict",
  },
  {
    why: "a wrong signature",
    text: body,
    headers: { "x-hub-signature-256": `sha256=${sign("x")}` },
    reason: "wrong-signature",
  },
  {
    why: "a name that nobody listens under",
    text: body,
    headers: {},
    name: "orders",
    reason: "unknown-webhook",
  },
])("$why is refused", async ({ text, headers, name, reason }) => {
  const { send } = await hooks();
  await send(body, { "idempotency-key": "k1" });
  await expect(send(text, headers as never, name)).rejects.toMatchObject({ reason });
});

test("a stopped sensor refuses, and without a secret nothing is genuine", async () => {
  const { send, storage } = await hooks();
  await writeSwitch(storage, "landed", { status: "stopped", at: 1 });
  await expect(send(body)).rejects.toMatchObject({ reason: "webhook-stopped" });
  const { send: sendWithout } = await hooks({});
  await expect(sendWithout(body)).rejects.toMatchObject({ reason: "webhook-not-ready" });
});
