import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gcsObjectStore } from "../../lib/gcs/gcs-object-store.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** A service that answers as the test says. */
async function serviceOf(answer: Answer): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    answer(request, response, Buffer.concat(chunks));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const folder = mkdtempSync(join(tmpdir(), "dop-gcs-"));
const signal = AbortSignal.any([]);

test("an upload that broke off goes on where the service has come to", async () => {
  const file = join(folder, "up");
  writeFileSync(file, "0123456789");
  const stored: Buffer[] = [];
  const ranges: string[] = [];
  const endpoint_url = await serviceOf((request, response, body) => {
    const range = request.headers["content-range"];
    if (request.method === "POST") return response.setHeader("location", `${endpoint_url}/session`).end();
    ranges.push(String(range));
    if (range === "bytes 0-9/10") {
      stored.push(body.subarray(0, 4));
      return response.writeHead(503).end();
    }
    if (range === "bytes */10") return response.writeHead(308, { range: "bytes=0-3" }).end();
    stored.push(body);
    return response.end("{}");
  });
  await gcsObjectStore({ bucket: "b", endpoint_url }).upload("k", file, signal);
  expect(ranges).toEqual(["bytes 0-9/10", "bytes */10", "bytes 4-9/10"]);
  expect(Buffer.concat(stored).toString()).toBe("0123456789");
});

test("a request that Google documents as safe to repeat is repeated", async () => {
  let asked = 0;
  const endpoint_url = await serviceOf((_, response) => {
    asked += 1;
    if (asked === 1) return response.writeHead(429).end();
    return response.end("content");
  });
  const file = join(folder, "down");
  expect(await gcsObjectStore({ bucket: "b", endpoint_url }).download("k", file, signal)).toBe(true);
  expect(readFileSync(file, "utf8")).toBe("content");
  expect(asked).toBe(2);
});

test.for([
  { status: 401, retry: "never" },
  { status: 403, retry: "never" },
])("an answer of $status is not repeated", async ({ status, retry }) => {
  let asked = 0;
  const endpoint_url = await serviceOf((_, response) => {
    asked += 1;
    response.writeHead(status).end(JSON.stringify({ error: { message: "no access" } }));
  });
  await expect(gcsObjectStore({ bucket: "b", endpoint_url }).list("f", signal)).rejects.toMatchObject({
    name: "StepError",
    retry,
    message: expect.stringContaining("no access"),
  });
  expect(asked).toBe(1);
});

test("a key is one part of the address, whatever it holds", async () => {
  let asked = "";
  const endpoint_url = await serviceOf((request, response) => {
    asked = request.url ?? "";
    response.writeHead(404).end("{}");
  });
  const store = gcsObjectStore({ bucket: "b", endpoint_url });
  expect(await store.download("../x/%2E?alt=json#", join(folder, "none"), signal)).toBe(false);
  expect(asked).toBe("/storage/v1/b/b/o/..%2Fx%2F%252E%3Falt%3Djson%23?alt=media");
});

test("without credentials of its own an address that is not Google's gets none", async () => {
  const seen: (string | undefined)[] = [];
  const endpoint_url = await serviceOf((request, response) => {
    seen.push(request.headers.authorization);
    response.end("{}");
  });
  await gcsObjectStore({ bucket: "b", endpoint_url }).list("f", signal);
  await gcsObjectStore({ bucket: "b", endpoint_url, access_token: "t" }).list("f", signal);
  expect(seen).toEqual([undefined, "Bearer t"]);
});

test("a server that puts its own class in the place of the global Response is no hindrance", async () => {
  const own = globalThis.Response;
  onTestFinished(() => void Object.assign(globalThis, { Response: own }));
  Object.assign(globalThis, { Response: class {} });
  const endpoint_url = await serviceOf((_, response) => response.end("{}"));
  expect(await gcsObjectStore({ bucket: "b", endpoint_url }).list("f", signal)).toEqual([]);
});
