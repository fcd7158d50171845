import { expect, test } from "vitest";
import { token as ownToken, servedShop } from "./served-shop.ts";

const required = "a-token-of-the-team";
const host = "dop.example.com";
const basic = (password: string) => `Basic ${Buffer.from(`somebody:${password}`).toString("base64")}`;
const job = { job: "nightly" };

test.for(["/", "/api/v1/assets", "/api/v1/stream", "/api/v1/openapi.json", "/app.js", "/nothing"])(
  "where a token is required, %s is refused without one, and a browser is told to ask for it",
  async (path) => {
    const { request } = await servedShop({ required });
    const response = await request(path, { headers: { host } });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect(await response.json()).toMatchObject({ code: "not-signed-in" });
  },
);

test.for([
  { shown: "the token", authorization: `Bearer ${required}`, status: 200 },
  { shown: "the token as a password", authorization: basic(required), status: 200 },
  { shown: "the owner's own token", authorization: `Bearer ${ownToken}`, status: 200 },
  { shown: "another token", authorization: "Bearer a-token-of-the-tean", status: 401 },
  { shown: "the beginning of the token", authorization: `Bearer ${required.slice(0, -1)}`, status: 401 },
  { shown: "more than the token", authorization: `Bearer ${required}x`, status: 401 },
  { shown: "an empty token", authorization: "Bearer ", status: 401 },
  { shown: "another password", authorization: basic("wrong"), status: 401 },
  { shown: "a password that is no text of a browser", authorization: "Basic %%%", status: 401 },
  { shown: "another scheme", authorization: `Digest ${required}`, status: 401 },
])("$shown is answered with $status under any name", async ({ authorization, status }) => {
  const { request } = await servedShop({ required });
  expect((await request("/api/v1/assets", { headers: { host, authorization } })).status).toBe(status);
});

test.for([
  { sender: "our own page", headers: { origin: `https://${host}` }, status: 202 },
  { sender: "our own page without TLS", headers: { origin: `http://${host}` }, status: 202 },
  { sender: "a foreign page", headers: { origin: "https://evil.example" }, status: 403 },
  { sender: "a foreign form", headers: { "sec-fetch-site": "cross-site" }, status: 403 },
])(
  "a browser that knows the password sends it for $sender, which is answered with $status",
  async ({ headers, status }) => {
    const { post, queue } = await servedShop({ required });
    const sent = { host, authorization: basic(required), ...headers } as { [name: string]: string };
    expect((await post("/api/v1/runs", job, sent)).status).toBe(status);
    expect(queue).toHaveLength(status === 202 ? 1 : 0);
  },
);

test("what supervises the process learns without a token whether it is well, and nothing more", async () => {
  const { request } = await servedShop({ required, loaded: false, failure: "secret details" });
  const response = await request("/api/v1/health", { headers: { host } });
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({ status: "failed" });
  const headers = { host, authorization: `Bearer ${required}` };
  expect(await (await request("/api/v1/health", { headers })).json()).toMatchObject({
    failure: "secret details",
  });
});
