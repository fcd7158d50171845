import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createHttpClient, defaultSleep } from "../../lib/http/http-client.ts";

interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: { readonly [name: string]: string };
}

/** Gives the answers one after another; the last one again and again. */
async function serve(answers: Answer[]) {
  const requests: {
    method: string | undefined;
    url: string | undefined;
    headers: IncomingMessage["headers"];
  }[] = [];
  const server = createServer((request, response) => {
    requests.push({ method: request.method, url: request.url, headers: request.headers });
    const answer = answers[Math.min(requests.length, answers.length) - 1] as Answer;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body ?? "");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const waits: number[] = [];
  const client = createHttpClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    headers: { "x-key": "k" },
    maxRetries: 2,
    sleep: async (milliseconds) => void waits.push(milliseconds),
  });
  return { client, requests, waits };
}

test("queries and headers are sent, JSON is read", async () => {
  const { client, requests } = await serve([{ status: 200, body: '{"a":1}' }]);
  await expect(client.request("/x", { query: { q: "a b", none: undefined } })).resolves.toEqual({ a: 1 });
  expect(requests[0]).toMatchObject({ method: "GET", url: "/v1/x?q=a+b", headers: { "x-key": "k" } });
});

test.for([
  { body: "", value: undefined },
  { body: "ok", value: "ok" },
])("the answer %j is read as it is", async ({ body, value }) => {
  const { client } = await serve([{ status: 200, body }]);
  await expect(client.request("/x")).resolves.toBe(value);
});

test.for([
  { status: 429, method: "POST", tries: 3 },
  { status: 503, method: "GET", tries: 3 },
  { status: 503, method: "POST", tries: 1 },
  { status: 500, method: "GET", tries: 1 },
  { status: 404, method: "GET", tries: 1 },
] as const)("$method that is answered $status is tried $tries times", async ({ status, method, tries }) => {
  const { client, requests } = await serve([{ status, body: '{"message":"no"}' }]);
  await expect(client.request("/x", { method })).rejects.toThrow(/no/);
  expect(requests.length).toBe(tries);
});

test("without Retry-After the waits double", async () => {
  const { client, waits } = await serve([{ status: 503 }]);
  await expect(client.request("/x")).rejects.toMatchObject({ retry: "later" });
  expect(waits).toEqual([1000, 2000]);
});

test("no wait is longer than a minute", async () => {
  const { client, waits } = await serve([
    { status: 429, headers: { "retry-after": "3600" } },
    { status: 200 },
  ]);
  await client.request("/x");
  expect(waits).toEqual([60_000]);
});

test("a cancelled request ends with the reason of its signal", async () => {
  const { client } = await serve([{ status: 503 }]);
  const reason = new Error("cancelled");
  await expect(client.request("/x", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  await expect(defaultSleep(60_000, AbortSignal.abort(reason))).rejects.toBe(reason);
});

test("an address that nobody answers may be tried again later", async () => {
  const client = createHttpClient({ baseUrl: "http://127.0.0.1:9", maxRetries: 0 });
  await expect(client.request("/x")).rejects.toMatchObject({ name: "StepError", retry: "later" });
});
