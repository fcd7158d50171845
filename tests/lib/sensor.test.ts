import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { type HttpWatch, valueAt, watchHttp } from "../../lib/sensor/http-watch.ts";
import { watchSql } from "../../lib/sensor/sql-watch.ts";
import type { SensorRequest } from "../../platform/define/sensor-function.ts";
import { errorsOf, loadDocuments } from "./load-documents.ts";

const assets = "---\ntype: lib.ExternalAssetsComponent\nattributes: { assets: [{ key: a }] }\n";
const sensorOf = (fields: string) =>
  `type: lib.SensorComponent\nattributes: { name: s, target: "key:a", ${fields} }\n${assets}`;

test("a sensor's hours and days are data", async () => {
  const text = sensorOf(
    `active: { hours: "08:00-18:00", days: [mon, sun], time_zone: Asia/Seoul }, timeout: 2m, watch: { kind: file, folder: inbox }`,
  );
  const loaded = await loadDocuments(text);
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.definitions.sensors).toMatchObject([
    {
      active: { from: "08:00", to: "18:00", days: [1, 7], timeZone: "Asia/Seoul" },
      timeoutSeconds: 120,
      minimumIntervalSeconds: 30,
    },
  ]);
});

test.for([
  {
    fields: `active: { hours: "8 to 18" }, watch: { kind: file, folder: x }`,
    code: "invalid-attribute-value",
  },
  { fields: `active: { time_zone: Asia/Soul }, watch: { kind: file, folder: x }`, code: "invalid-time-zone" },
  {
    fields: `watch: { kind: file, folder: x, partition_from: "orders-.*" }`,
    code: "invalid-attribute-value",
  },
  { fields: `watch: { kind: file, folder: x, identity: name }`, code: "invalid-attribute-value" },
  { fields: `watch: { kind: http, url: "example.com/a" }`, code: "invalid-attribute-value" },
  {
    fields: `watch: { kind: http, url: "https://example.com", json_pointer: a.b }`,
    code: "invalid-attribute-value",
  },
  { fields: `watch: { kind: webhook, path: x }`, code: "missing-attribute" },
  { fields: `watch: { kind: webhook, path: x, secret_env: HOOK }`, code: "invalid-attribute-value" },
  { fields: `watch: { kind: sql, resource: nope, query: select 1 }`, code: "unknown-resource" },
  { fields: `watch: { kind: function, function: "./no.ts#look" }`, code: "invalid-attribute-value" },
  { fields: `request: { run_key: x }, watch: { kind: file, folder: x }`, code: "invalid-attribute-value" },
])("a sensor with $fields is a problem", async ({ fields, code }) => {
  const { problems } = await loadDocuments(sensorOf(fields));
  expect(problems).toContainEqual(expect.stringContaining(`error ${code}`));
});

test("a webhook whose secret has no value waits for it", async () => {
  const loaded = await loadDocuments(
    sensorOf("watch: { kind: webhook, path: x, secret_env: SHOP_HOOK_SECRET }"),
  );
  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.snapshot.components[0]).toMatchObject({
    status: "needs_credentials",
    needs: ["SHOP_HOOK_SECRET"],
  });
});

test.for([
  { pointer: "", value: { "a/b": [{ c: 1 }] } },
  { pointer: "/a~1b/0/c", value: 1 },
])("the JSON Pointer `$pointer` names a value", ({ pointer, value }) => {
  expect(valueAt({ "a/b": [{ c: 1 }] }, pointer)).toEqual(value);
});

interface Served {
  status: number;
  headers: { [name: string]: string };
  body: string;
}

/** A server that answers as it is told, and looks of a sensor one after the other. */
async function watching(watch: Omit<HttpWatch, "url">, served: Served) {
  const asked: { method: string | undefined; authorization: string | undefined }[] = [];
  const server = createServer(({ method, headers }, response) => {
    asked.push({ method, authorization: headers.authorization });
    response.writeHead(served.status, served.headers).end(served.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  let cursor: string | null = null;
  const look = async (): Promise<readonly SensorRequest[]> => {
    const { requests = [], cursor: next } = await watchHttp(
      { url: `http://127.0.0.1:${port}/a?key=secret`, ...watch },
      { cursor, signal: new AbortController().signal },
      ({ value }, usual) => ({ ...usual, tags: { value: String(value) } }),
    );
    cursor = next ?? cursor;
    return requests;
  };
  return { look, asked };
}

test.for([
  { by: "its ETag", watch: {}, first: { etag: '"1"' }, later: { etag: '"2"' } },
  { by: "its Last-Modified", watch: {}, first: { "last-modified": "a" }, later: { "last-modified": "b" } },
  { by: "its body", watch: {}, first: {}, later: {}, body: "other" },
  {
    by: "a value in it",
    watch: { json_pointer: "/at" },
    first: { etag: "1" },
    later: { etag: "1" },
    body: '{"at":2}',
  },
  { by: "its status", watch: { compare: "status" as const }, first: {}, later: {}, status: 503 },
])(
  "an address asks for a run when $by changes, once for each change",
  async ({ watch, first, later, body, status }) => {
    const served: Served = { status: 200, headers: first as Served["headers"], body: '{"at":1}' };
    const { look } = await watching(watch, served);
    expect(await look()).toEqual([]);
    expect(await look()).toEqual([]);
    Object.assign(served, { headers: later, body: body ?? served.body, status: status ?? 200 });
    const [request] = await look();
    expect(request?.runKey).toMatch(/^change 1 /);
    expect(await look()).toEqual([]);
    Object.assign(served, { headers: first, body: '{"at":1}', status: 200 });
    const [back] = await look();
    expect(back?.runKey).toMatch(/^change 2 /);
  },
);

test("a value that comes back later is another change", async () => {
  const served: Served = { status: 200, headers: {}, body: '{"at":{"day":1}}' };
  const { look, asked } = await watching(
    { json_pointer: "/at/day", headers: { authorization: "Bearer x" } },
    served,
  );
  await look();
  served.body = '{"at":{"day":2}}';
  expect(await look()).toMatchObject([{ tags: { value: "2" } }]);
  expect(asked[0]).toEqual({ method: "GET", authorization: "Bearer x" });
});

test.for([
  { why: "an error", served: { status: 500, headers: {}, body: "" }, watch: {}, message: /answered 500/ },
  {
    why: "no such value",
    served: { status: 200, headers: {}, body: "{}" },
    watch: { json_pointer: "/at" },
    message: /nothing at/,
  },
])(
  "an answer with $why fails the look, and tells no query of the address",
  async ({ served, watch, message }) => {
    const { look } = await watching(watch, served);
    await expect(look()).rejects.toThrow(message);
    await expect(look()).rejects.not.toThrow("secret");
  },
);

function querying(rows: { current: readonly object[] }, each?: "result" | "row") {
  let cursor: string | null = null;
  return async () => {
    const { requests = [], cursor: next } = await watchSql(
      { resource: "db", query: "select 1", ...(each === undefined ? {} : { each }) },
      { cursor, resources: { db: { query: async () => rows.current } } },
      ({ row }, usual) => ({ ...usual, tags: { row: JSON.stringify(row) } }),
    );
    cursor = next ?? cursor;
    return requests.map(({ tags }) => tags?.["row"]);
  };
}

test("a query asks for one run when its rows are others than before", async () => {
  const rows = { current: [{ id: 1n }] as object[] };
  const look = querying(rows);
  expect(await look()).toEqual([]);
  rows.current = [{ id: 1n }, { id: 2n }];
  expect(await look()).toEqual(['{"id":"1"}']);
  expect(await look()).toEqual([]);
});

test("a query asks for a run for each row that was not there before", async () => {
  const rows = { current: [{ id: 1 }] as object[] };
  const look = querying(rows, "row");
  expect(await look()).toEqual(['{"id":1}']);
  rows.current = [{ id: 1 }, { id: 2 }];
  expect(await look()).toEqual(['{"id":2}']);
  expect(await look()).toEqual([]);
});

test("a resource that answers no queries fails the look", async () => {
  const look = watchSql(
    { resource: "db", query: "select 1" },
    { cursor: null, resources: { db: {} } },
    (_seen, usual) => usual,
  );
  await expect(look).rejects.toThrow("answers no queries");
});
