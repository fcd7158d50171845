import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { servedShop } from "./served-shop.ts";

const body = '{"file":"a.csv"}';
const signatureOf = (text: string) =>
  `sha256=${createHmac("sha256", "it's a secret").update(text).digest("hex")}`;

async function listening(required?: string) {
  const { request, storage } = await servedShop({
    required,
    sensors: [
      {
        name: "landed",
        kind: "webhook",
        target: { job: "nightly" },
        minimumIntervalSeconds: 2,
        defaultStatus: "running",
        settings: { path: "landed", secret_env: "HOOK_SECRET" },
        component: { file: "defs/a/component.yaml", document: 1, type: "lib.SensorComponent" },
      },
    ],
  });
  const send = (text: string, headers: { readonly [name: string]: string } = {}, path = "landed") =>
    request(`/api/v1/hooks/${path}`, {
      method: "POST",
      body: text,
      headers: { "x-hub-signature-256": signatureOf(text), "x-github-delivery": "d1", ...headers },
    });
  return { request, storage, send };
}

test("a signed request is stored and answered with 202, and a repeated one says so", async () => {
  const { send, storage } = await listening();
  const answer = await send(body);
  expect([answer.status, await answer.json()]).toEqual([202, { id: "d1", repeated: false }]);
  const again = await send(body);
  expect([again.status, await again.json()]).toEqual([202, { id: "d1", repeated: true }]);
  expect(await storage.listCursors("hook-waiting/")).toHaveLength(1);
});

test.for([
  { why: "a wrong signature", headers: { "x-hub-signature-256": signatureOf("x") }, status: 401 },
  { why: "a name without a webhook", headers: {}, path: "nobody", status: 404 },
  { why: "a known key with another body", headers: {}, text: "{}", status: 409 },
])("$why is answered with $status", async ({ headers, path, text = body, status }) => {
  const { send } = await listening();
  await send(body);
  expect((await send(text, headers as never, path)).status).toBe(status);
});

test("a body above a megabyte is refused before it is looked at", async () => {
  const { send } = await listening();
  expect((await send("x".repeat(1024 * 1024 + 1))).status).toBe(413);
});

test("a sender needs no token and no loopback name, because it knows the secret", async () => {
  const { send, request } = await listening("server-token");
  expect((await send(body, { host: "dop.example.com" })).status).toBe(202);
  expect((await request("/api/v1/sensor-states")).status).toBe(401);
  expect((await request("/api/v1/hooks/landed")).status).toBe(401);
});

test("a sensor is tested through the API, and a webhook tells that it does not look", async () => {
  const { request } = await listening();
  const headers = { "content-type": "application/json" };
  const answer = await request("/api/v1/sensors/landed/test", { method: "POST", body: "{}", headers });
  expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([400, "not-supported"]);
});
