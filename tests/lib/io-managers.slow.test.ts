import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { gcsObjectStore } from "../../lib/gcs/gcs-object-store.ts";
import { postgresIo } from "../../lib/postgres/postgres-io.ts";
import { s3ObjectStore } from "../../lib/s3/s3-object-store.ts";
import type { IoManager } from "../../platform/define/io-manager.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { type ObjectStore, objectIo } from "../../platform/io/object-io.ts";
import { ioContext, tableIoCases } from "../io/table-io-cases.ts";
import { PostgresServer } from "../postgres-server.ts";
import { requireTool, type Tool } from "../require-tool.ts";
import { StorageEmulator } from "./storage-emulator.ts";

const engine = new DuckDb();
const folder = mkdtempSync(join(tmpdir(), "dop-io-"));
const cleanUp = new AsyncDisposableStack();
afterAll(async () => {
  await engine[Symbol.asyncDispose]();
  await cleanUp.disposeAsync();
});

/** What signs a request that makes a bucket; the emulator looks at nothing but its shape. */
const signature =
  "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=s";

/** Made by the first test that needs it. */
function once<T>(make: (tool: string) => Promise<T>): (tool: string) => Promise<T> {
  let made: Promise<T> | undefined;
  return (tool) => {
    made ??= make(tool);
    return made;
  };
}

const s3 = once(async (tool) => {
  const { url } = cleanUp.use(await StorageEmulator.start(tool, (port) => ["-p", port]));
  await fetch(`${url}/lake`, { method: "PUT", headers: { authorization: signature } });
  return s3ObjectStore({ bucket: "lake", endpoint_url: url, access_key_id: "k", secret_access_key: "s" });
});

const gcs = once(async (tool) => {
  const argsOf = (port: string) => ["start", "--host=127.0.0.1", `--port=${port}`, "--in-memory"];
  const { url } = cleanUp.use(await StorageEmulator.start(tool, argsOf));
  await fetch(`${url}/storage/v1/b?project=p`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name: "lake" }),
  });
  return gcsObjectStore({ bucket: "lake", endpoint_url: url });
});

const postgres = once(async () => {
  const server = cleanUp.use(await PostgresServer.start());
  return postgresIo({ url: await server.createDatabase() }, engine);
});

const stores: readonly { name: string; tool: Tool; open: (tool: string) => Promise<ObjectStore> }[] = [
  { name: "S3", tool: "moto_server", open: s3 },
  { name: "Google Cloud Storage", tool: "gcp-storage-emulator", open: gcs },
];

const managers: readonly { name: string; tool: Tool; open: (tool: string) => Promise<IoManager> }[] = [
  { name: "Postgres", tool: "postgres", open: postgres },
  ...stores.map(({ name, tool, open }) => ({
    name,
    tool,
    open: once(async (executable) => objectIo(await open(executable), { engine, prefix: "dop/test" })),
  })),
];

const cases = managers.flatMap((manager) => tableIoCases.map((one) => ({ ...manager, ...one })));

test.for(cases)("$name $fact", { timeout: 60_000 }, async ({ tool, open, check }, context) => {
  const executable = requireTool(context, tool);
  await check(await open(executable), engine);
});

test("Postgres refuses a partition whose key holds a NUL character, and a column with a name that it would cut", async (context) => {
  const manager = await postgres(requireTool(context, "postgres"));
  const refused = { name: "StepError", retry: "never" };
  await expect(manager.handleOutput(ioContext({ partition: "a\0b" }), [{ n: 1 }])).rejects.toMatchObject(
    refused,
  );
  await expect(manager.handleOutput(ioContext(), [{ ["c".repeat(64)]: 1 }])).rejects.toMatchObject(refused);
});

test("slices of one asset are stored in Postgres at once", async (context) => {
  const manager = await postgres(requireTool(context, "postgres"));
  const { asset } = ioContext();
  const keys = Array.from({ length: 6 }, (_, n) => `key ${n}`);
  await Promise.all(
    keys.map((partition, n) => manager.handleOutput(ioContext({ asset, partition }), [{ n }])),
  );
  const rows = (await manager.loadInput(ioContext({ asset, everyPartition: true }))) as { n: number }[];
  expect(rows.map(({ n }) => n).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
});

test("a server that is not there is told as something that may pass, without the password", async (context) => {
  requireTool(context, "postgres");
  const manager = await postgresIo({ url: "postgresql://u:s3cret@127.0.0.1:1/x" }, engine);
  const refusal = manager.loadInput(ioContext());
  await expect(refusal).rejects.toMatchObject({ name: "StepError", retry: "later" });
  await expect(refusal).rejects.not.toThrow(/s3cret/);
});

test.for([
  {
    name: "S3",
    open: () =>
      s3ObjectStore({
        bucket: "lake",
        endpoint_url: "http://127.0.0.1:1",
        access_key_id: "k",
        secret_access_key: "s",
      }),
  },
  {
    name: "Google Cloud Storage",
    open: () => gcsObjectStore({ bucket: "lake", endpoint_url: "http://127.0.0.1:1" }),
  },
])("$name out of reach may come back", { timeout: 30_000 }, async ({ open }) => {
  const manager = objectIo(open(), { engine });
  await expect(manager.loadInput(ioContext())).rejects.toMatchObject({ name: "StepError", retry: "later" });
});

test.for(stores)(
  "$name takes an object of several parts",
  { timeout: 60_000 },
  async ({ tool, open }, context) => {
    const store = await open(requireTool(context, tool));
    const [from, to] = [join(folder, "up"), join(folder, "down")];
    const content = randomBytes(70 << 20);
    writeFileSync(from, content);
    const { signal } = ioContext();
    await store.upload("large/object", from, signal);
    expect(await store.download("large/object", to, signal)).toBe(true);
    expect(readFileSync(to).equals(content)).toBe(true);
    expect(await store.list("large", signal)).toEqual(["object"]);
    expect(await store.download("large/other", to, signal)).toBe(false);
  },
);

test("a bucket of S3 that is not there is no asset that was never stored", async (context) => {
  const tool = requireTool(context, "moto_server");
  await using emulator = await StorageEmulator.start(tool, (port) => ["-p", port]);
  const settings = { endpoint_url: emulator.url, access_key_id: "k", secret_access_key: "s" };
  const manager = objectIo(s3ObjectStore({ bucket: "nowhere", ...settings }), { engine });
  await expect(manager.loadInput(ioContext())).rejects.toMatchObject({
    retry: "never",
    message: expect.stringContaining("NoSuchBucket"),
  });
});
