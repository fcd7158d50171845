import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createHightouchClient } from "../../lib/hightouch/hightouch-client.ts";
import { fakeStep } from "./fake-step.ts";
import { loadDocuments, stepNamed } from "./load-documents.ts";

/** A small Hightouch with one sync, whose runs go through the given statuses as they are looked at. */
async function fakeHightouch(statuses: string[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://fake");
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    };
    if (request.headers.authorization !== "Bearer token") return send(401, { message: "Unauthorized" });
    if (url.pathname === "/syncs/7/trigger") return send(200, { id: 99 });
    if (url.pathname === "/syncs/7") return send(200, { id: 7, slug: "accounts", destinationId: 3 });
    if (url.pathname === "/destinations/3") return send(200, { id: 3, type: "salesforce" });
    if (url.pathname === "/syncs/7/runs") {
      const status = statuses.length > 1 ? statuses.shift() : statuses[0];
      const failedRows = { addedCount: 2, changedCount: 0, removedCount: 0 };
      return send(200, {
        data: [{ id: 99, status, querySize: 10, completionRatio: 1, failedRows, error: "why" }],
        hasMore: false,
      });
    }
    return send(404, { message: "Not found" });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const component = `type: lib.DopHightouchSyncComponent
attributes:
  asset: { key: sync/accounts }
  sync_id_env_var: ACCOUNTS_SYNC_ID
`;

async function run(statuses: string[], document = component) {
  const fake = await fakeHightouch(statuses);
  const env = { HIGHTOUCH_API_KEY: "token", HIGHTOUCH_API_URL: fake.url, ACCOUNTS_SYNC_ID: "7" };
  const loaded = await loadDocuments(document, { env });
  const { step, reports } = fakeStep({ assets: ["sync/accounts"] });
  const ended = stepNamed(loaded, "hightouch_sync_sync_accounts").run(step);
  return { ended, reports, fake };
}

test("a sync that succeeds is reported with what Hightouch says of it", async () => {
  const { ended, reports, fake } = await run(["success"]);
  await ended;
  expect(reports.materialized).toMatchObject([
    {
      asset: "sync/accounts",
      options: {
        metadata: {
          query_size: 10,
          completion_ratio: 1,
          failed_rows: 2,
          destination_details: { value: { type: "salesforce" } },
        },
      },
    },
  ]);
  expect(fake.requests.filter((request) => request.startsWith("POST"))).toEqual(["POST /syncs/7/trigger"]);
});

test.for([
  { status: "warning", more: "", passes: true },
  { status: "warning", more: "  fail_on_warning: true\n", passes: false },
  { status: "failed", more: "", passes: false },
  { status: "cancelled", more: "", passes: false },
  { status: "interrupted", more: "", passes: false },
])("a sync that ends as $status: $passes", async ({ status, more, passes }) => {
  const { ended, reports } = await run([status], component + more);
  if (passes) await ended;
  else await expect(ended).rejects.toMatchObject({ name: "StepError", retry: "later" });
  expect(reports.materialized.length).toBe(passes ? 1 : 0);
});

test("the client looks again until the run has ended", async () => {
  const fake = await fakeHightouch(["queued", "querying", "processing", "success"]);
  const client = createHightouchClient({ token: "token", baseUrl: fake.url, sleep: async () => undefined });
  await expect(client.waitForRun("7", "99", { deadlineMs: 60_000 })).resolves.toMatchObject({
    status: "success",
  });
  expect(fake.requests.length).toBe(4);
});

test("a run that does not end is given up at the deadline", async () => {
  const fake = await fakeHightouch(["processing"]);
  let now = 0;
  const client = createHightouchClient({
    token: "token",
    baseUrl: fake.url,
    sleep: async () => undefined,
    now: () => (now += 1000),
  });
  await expect(client.waitForRun("7", "99", { deadlineMs: 3000 })).rejects.toMatchObject({
    name: "TimeoutError",
  });
});

test("without the sync's id the component shows which variable it needs", async () => {
  const { snapshot } = await loadDocuments(component, { env: { HIGHTOUCH_API_KEY: "token" } });
  expect(snapshot.components[0]).toMatchObject({ status: "needs_credentials", needs: ["ACCOUNTS_SYNC_ID"] });
});
