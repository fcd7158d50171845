import { expect, test } from "vitest";
import { servedShop, token } from "./served-shop.ts";

const job = { job: "nightly" };

test.for(["evil.example", "evil.example:3939", "127.0.0.1.evil.example", "192.168.0.1:3939"])(
  "under the name %s nothing is served, so a name bound to 127.0.0.1 reads nothing",
  async (host) => {
    const { request } = await servedShop();
    const response = await request("/api/v1/assets", { headers: { host } });
    expect(response.status).toBe(421);
  },
);

test.for(["127.0.0.1:3939", "localhost:4000", "[::1]:3939"])(
  "the loopback name %s is served",
  async (host) => {
    const { request } = await servedShop();
    expect((await request("/api/v1/assets", { headers: { host } })).status).toBe(200);
  },
);

test.for([
  { sender: "a foreign page", headers: { origin: "https://evil.example" }, status: 403 },
  { sender: "a page of another port", headers: { origin: "http://127.0.0.1:8080" }, status: 403 },
  { sender: "a sandboxed page", headers: { origin: "null" }, status: 403 },
  { sender: "a browser that sends no origin", headers: { "sec-fetch-site": "cross-site" }, status: 403 },
  {
    sender: "our own page",
    headers: { origin: "http://127.0.0.1:3939", "sec-fetch-site": "same-origin" },
    status: 202,
  },
  { sender: "a command", headers: {}, status: 202 },
  { sender: "a command with the token", headers: { authorization: `Bearer ${token}` }, status: 202 },
  { sender: "a command with another token", headers: { authorization: "Bearer other" }, status: 401 },
])("a run asked for by $sender is answered with $status", async ({ headers, status }) => {
  const { post, queue } = await servedShop();
  const response = await post("/api/v1/runs", job, { host: "127.0.0.1:3939", ...headers } as {
    [name: string]: string;
  });
  expect(response.status).toBe(status);
  expect(queue).toHaveLength(status === 202 ? 1 : 0);
});

test("a body that a form could send is refused", async () => {
  const { request } = await servedShop();
  const response = await request("/api/v1/runs", {
    method: "POST",
    body: JSON.stringify(job),
    headers: { "content-type": "text/plain" },
  });
  expect(response.status).toBe(415);
});

test.for([
  { body: "{", status: 400 },
  { body: JSON.stringify({ job: "x".repeat(1024 * 1024) }), status: 413 },
  { body: '{"__proto__": {"job": "nightly"}}', status: 400 },
])("the body $body.length bytes long is answered with $status", async ({ body, status }) => {
  const { request } = await servedShop();
  const response = await request("/api/v1/runs", {
    method: "POST",
    body,
    headers: { "content-type": "application/json" },
  });
  expect(response.status).toBe(status);
});

test("a body of unknown length is cut off", async () => {
  const { request } = await servedShop();
  const body = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(64 * 1024)),
  });
  const response = await request("/api/v1/runs", {
    method: "POST",
    body,
    duplex: "half",
    headers: { "content-type": "application/json" },
  } as RequestInit);
  expect(response.status).toBe(413);
});

test("every answer forbids inline scripts, framing and guessing of types", async () => {
  const { request } = await servedShop();
  for (const path of ["/", "/api/v1/assets", "/nothing", "/api/v1/stream"]) {
    const { headers, body } = await request(path);
    expect(headers.get("content-security-policy")).toContain("script-src 'self'");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    await body?.cancel();
  }
});

test.for([
  "/page/../create-app.ts",
  "/%2e%2e/create-app.ts",
  "/create-app.ts",
  "/tsconfig.json",
  "/.env",
  "/index.html/",
])("%s is no file of the page", async (path) => {
  const { request } = await servedShop();
  expect((await request(path)).status).toBe(404);
});

test("the page has no inline script or style", async () => {
  const { request } = await servedShop();
  const html = await (await request("/")).text();
  expect(html).toContain("<main");
  expect(html).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=/);
});

test("a defect of ours tells the client nothing of the code", async () => {
  const { app, storage, request } = await servedShop();
  await storage.close();
  expect(app).toBeDefined();
  const text = await (await request("/api/v1/runs")).text();
  expect(JSON.parse(text)).toMatchObject({ status: 500, code: "internal-error" });
  expect(text).not.toMatch(/\.ts|at |sqlite/i);
});

test("another method on a known address is 405", async () => {
  const { request } = await servedShop();
  expect((await request("/api/v1/assets", { method: "DELETE" })).status).toBe(405);
});
