import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createFivetranClient } from "../../lib/fivetran/fivetran-client.ts";
import { syncConnection } from "../../lib/fivetran/fivetran-sync.ts";
import { fakeStep } from "./fake-step.ts";
import { loadDocuments, stepNamed } from "./load-documents.ts";

interface FakeConnection {
  id: string;
  paused: boolean;
  sync_state: string;
  succeeded_at: string | null;
  failed_at: string | null;
  rescheduled_for: string | null;
  tests: { title: string; status: string }[];
  /** Looks until a started sync ends. */
  polls: number;
  /** How it ends. */
  ends: "success" | "failure" | "rescheduled";
}

/** A small Fivetran: syncs run while they are looked at, lists come in pages, too many requests are refused. */
async function fakeFivetran(connections: Partial<FakeConnection>[]) {
  const known = new Map(
    connections.map((given) => {
      const connection: FakeConnection = {
        id: "c1",
        paused: false,
        sync_state: "scheduled",
        succeeded_at: "2026-01-01T00:00:00Z",
        failed_at: null,
        rescheduled_for: null,
        tests: [],
        polls: 2,
        ends: "success",
        ...given,
      };
      return [connection.id, connection];
    }),
  );
  const requests: string[] = [];
  let refusals = 0;
  let clock = Date.parse("2026-02-01T00:00:00Z");
  const view = (connection: FakeConnection) => ({
    id: connection.id,
    group_id: "g1",
    service: "postgres",
    schema: `${connection.id}_schema`,
    paused: connection.paused,
    succeeded_at: connection.succeeded_at,
    failed_at: connection.failed_at,
    status: {
      setup_state: "connected",
      sync_state: connection.sync_state,
      rescheduled_for: connection.rescheduled_for,
    },
  });
  const look = (connection: FakeConnection): void => {
    if (connection.sync_state !== "syncing" || --connection.polls > 0) return;
    clock += 60_000;
    const at = new Date(clock).toISOString();
    if (connection.ends === "rescheduled") {
      connection.sync_state = "rescheduled";
      connection.rescheduled_for = at;
      connection.ends = "success";
      connection.polls = 1;
      return;
    }
    connection.sync_state = "scheduled";
    if (connection.ends === "success") connection.succeeded_at = at;
    else connection.failed_at = at;
  };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const url = new URL(request.url ?? "/", "http://fake");
    requests.push(`${request.method} ${url.pathname}${url.search}`);
    const send = (status: number, body: unknown, headers = {}): void => {
      response.writeHead(status, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify(body));
    };
    const data = (value: unknown): void => send(200, { code: "Success", data: value });
    const basic = `Basic ${Buffer.from("key:secret").toString("base64")}`;
    if (request.headers.authorization !== basic)
      return send(401, { code: "AuthFailed", message: "Missing authorization" });
    if (refusals > 0) {
      refusals--;
      return send(429, { code: "TooManyRequests", message: "slow down" }, { "retry-after": "7" });
    }
    if (url.pathname === "/groups") return data({ items: [{ id: "g1" }] });
    if (url.pathname === "/groups/g1/connections") {
      const ids = [...known.keys()];
      const at = Number(url.searchParams.get("cursor") ?? 0);
      const next = at + 2 < ids.length ? { next_cursor: String(at + 2) } : {};
      return data({
        items: ids.slice(at, at + 2).map((id) => view(known.get(id) as FakeConnection)),
        ...next,
      });
    }
    const [, , id = "", action] = url.pathname.split("/");
    const connection = known.get(id);
    if (connection === undefined) return send(404, { code: "NotFound", message: `no connection ${id}` });
    if (action === "sync") {
      if (connection.sync_state !== "syncing") connection.sync_state = "syncing";
      return send(200, { code: "Success", message: "Sync has been successfully triggered" });
    }
    if (action === "test") return data({ setup_tests: connection.tests });
    if (action === "schemas") {
      return data({
        schemas: {
          public: {
            enabled: true,
            name_in_destination: "shop",
            tables: {
              a: { enabled: true, name_in_destination: "orders" },
              b: { enabled: false, name_in_destination: "old" },
            },
          },
        },
      });
    }
    look(connection);
    return data(view(connection));
  };
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    refuse(times: number) {
      refusals = times;
    },
    connection: (id: string) => known.get(id) as FakeConnection,
  };
}

const instantly = { waits: [] as number[] };
const sleep = async (milliseconds: number): Promise<void> => {
  instantly.waits.push(milliseconds);
};

const syncOptions = {
  onReschedule: "skip",
  deadlineMs: 3_600_000,
  pollMs: 1000,
  signal: new AbortController().signal,
  sleep,
} as const;

function clientOf(url: string) {
  instantly.waits.length = 0;
  return createFivetranClient({ apiKey: "key", apiSecret: "secret", baseUrl: url, sleep });
}

test("connections of all pages are listed", async () => {
  const fake = await fakeFivetran([{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }, { id: "e" }]);
  const found = await clientOf(fake.url).connections();
  expect(found.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
});

test("a refusal for too many requests is waited out as long as the answer says", async () => {
  const fake = await fakeFivetran([{ id: "a" }]);
  fake.refuse(2);
  const client = clientOf(fake.url);
  await expect(client.connection("a")).resolves.toMatchObject({ id: "a" });
  expect(instantly.waits).toEqual([7000, 7000]);
});

test("endless refusals end as an error that may be tried again later", async () => {
  const fake = await fakeFivetran([{ id: "a" }]);
  fake.refuse(100);
  await expect(clientOf(fake.url).connection("a")).rejects.toMatchObject({
    name: "StepError",
    retry: "later",
  });
});

test("wrong credentials are not tried again", async () => {
  const fake = await fakeFivetran([{ id: "a" }]);
  const client = createFivetranClient({ apiKey: "key", apiSecret: "wrong", baseUrl: fake.url, sleep });
  await expect(client.connection("a")).rejects.toMatchObject({ name: "StepError", retry: "never" });
  expect(fake.requests.length).toBe(1);
});

test("a sync is started once and waited for", async () => {
  const fake = await fakeFivetran([{ id: "a", polls: 3 }]);
  const outcome = await syncConnection(clientOf(fake.url), "a", syncOptions);
  expect(outcome).toMatchObject({ type: "synced", connection: { succeeded_at: "2026-02-01T00:01:00.000Z" } });
  expect(fake.requests.filter((request) => request.startsWith("POST"))).toEqual(["POST /connections/a/sync"]);
});

test("a sync that fails fails the step", async () => {
  const fake = await fakeFivetran([{ id: "a", ends: "failure" }]);
  await expect(syncConnection(clientOf(fake.url), "a", syncOptions)).rejects.toMatchObject({
    retry: "later",
  });
});

test("a rescheduled connection is left alone and says so", async () => {
  const fake = await fakeFivetran([
    { id: "a", sync_state: "rescheduled", rescheduled_for: "2026-03-01T00:00:00Z" },
  ]);
  const outcome = await syncConnection(clientOf(fake.url), "a", syncOptions);
  expect(outcome).toMatchObject({ type: "skipped" });
  expect(fake.requests).toEqual(["GET /connections/a"]);
});

test("with `wait`, a sync that is put off is asked for again a minute after its time", async () => {
  const fake = await fakeFivetran([{ id: "a", ends: "rescheduled" }]);
  const now = () => Date.parse("2026-02-01T00:00:00Z");
  const outcome = await syncConnection(clientOf(fake.url), "a", {
    ...syncOptions,
    onReschedule: "wait",
    now,
  });
  expect(outcome.type).toBe("synced");
  expect(instantly.waits).toContain(120_000);
  expect(fake.requests.filter((request) => request.startsWith("POST")).length).toBe(2);
});

test("with `fail`, a sync that is put off fails the step", async () => {
  const fake = await fakeFivetran([{ id: "a", ends: "rescheduled" }]);
  await expect(
    syncConnection(clientOf(fake.url), "a", { ...syncOptions, onReschedule: "fail" }),
  ).rejects.toMatchObject({ retry: "later" });
});

test("a paused connection is not synced", async () => {
  const fake = await fakeFivetran([{ id: "a", paused: true }]);
  await expect(syncConnection(clientOf(fake.url), "a", syncOptions)).resolves.toEqual({ type: "paused" });
});

test("a sync that does not end is given up at the deadline", async () => {
  const fake = await fakeFivetran([{ id: "a", polls: 1_000_000 }]);
  let now = 0;
  await expect(
    syncConnection(clientOf(fake.url), "a", { ...syncOptions, deadlineMs: 5000, now: () => (now += 1000) }),
  ).rejects.toMatchObject({ retry: "later" });
});

function component(url: string, more = ""): string {
  return `type: lib.FivetranComponent
attributes:
  workspace: { account_id: acc, api_key: key, api_secret: secret, api_url: "${url}" }
  connector_schedules: { c1: "0 */2 * * *" }
  connection_setup_tests_schedule: "0 5 * * *"
  excluded_connector_ids: [c9]
  translation:
    key: "fivetran/{{ props.table.replace('.', '/') }}"
    group_name: "{{ group_from_db_and_schema(props) }}"
    automation_condition: "{{ hourly_if_not_in_progress }}"
${more}`;
}

const locked = JSON.stringify({
  schema: "dop.lock/1",
  component: "demo",
  refreshed_at: "2026-01-01T00:00:00Z",
  input_hash: "x",
  content: {
    connectors: [
      {
        id: "c1",
        name: "shop",
        service: "postgres",
        group_id: "g1",
        destination: { service: "snowflake" },
        tables: ["shop.orders", "shop.a.b"],
      },
      { id: "c2", name: "broken", service: "mysql", group_id: "g1", setup_state: "broken", tables: ["x.y"] },
      { id: "c9", name: "excluded", service: "mysql", group_id: "g1", tables: ["z.z"] },
    ],
  },
});

test("locked tables of connectors that are set up and not excluded are assets, due at the connector's cron", async () => {
  const { snapshot, problems } = await loadDocuments(component("http://unused"), {
    files: { "lock.yaml": locked },
  });
  expect(problems.filter((problem) => !problem.includes("empty-selection"))).toEqual([]);
  expect(snapshot.definitions.assets).toMatchObject([
    { key: "fivetran/shop/a/b", groupName: "fivetran_shop_a", kinds: ["fivetran", "snowflake"] },
    {
      key: "fivetran/shop/orders",
      groupName: "fivetran_shop",
      automationCondition: { type: "and", operands: [{ cron: "0 */2 * * *" }, { type: "not" }] },
    },
  ]);
  expect(snapshot.definitions.schedules).toMatchObject([
    {
      name: "fivetran_connection_setup_tests_schedule",
      cron: "0 5 * * *",
      target: { job: "fivetran_connection_setup_tests" },
    },
  ]);
  expect(snapshot.definitions.sensors).toMatchObject([
    { name: "fivetran_automation_sensor", kind: "automation" },
  ]);
  expect(snapshot.definitions.resources).toMatchObject([{ key: "fivetran", type: "fivetran" }]);
});

test("a run reports each selected table that the connection still syncs", async () => {
  const fake = await fakeFivetran([{ id: "c1", polls: 1, sync_state: "rescheduled" }]);
  const loaded = await loadDocuments(component(fake.url), { files: { "lock.yaml": locked } });
  const definition = stepNamed(loaded, "fivetran_shop_c1");
  const { step, reports } = fakeStep({ assets: ["fivetran/shop/orders", "fivetran/shop/a/b"] });
  await definition.run(step);
  expect(reports.materialized.map(({ asset }) => asset)).toEqual([
    "fivetran/shop/orders",
    "fivetran/shop/a/b",
  ]);
  expect(reports.materialized[0]?.options?.metadata).toMatchObject({
    skipped_reason: expect.stringContaining("rescheduled"),
  });
});

test("setup tests end at the first one that failed", async () => {
  const fake = await fakeFivetran([
    { id: "a", tests: [{ title: "Connects", status: "PASSED" }] },
    { id: "b", tests: [{ title: "Reads", status: "JOB_FAILED" }] },
    { id: "c", tests: [{ title: "Never asked", status: "PASSED" }] },
  ]);
  const loaded = await loadDocuments(component(fake.url), { files: { "lock.yaml": locked } });
  await expect(stepNamed(loaded, "run_connection_setup_tests").run(fakeStep().step)).rejects.toMatchObject({
    name: "StepError",
  });
  expect(fake.requests.filter((request) => request.endsWith("/test"))).toEqual([
    "POST /connections/a/test",
    "POST /connections/b/test",
  ]);
});

test("a lock of another shape is a problem", async () => {
  const wrong = JSON.stringify({ ...JSON.parse(locked), content: { connectors: [{ id: 1 }] } });
  const { problems } = await loadDocuments(component("http://unused"), { files: { "lock.yaml": wrong } });
  expect(problems).toContainEqual(expect.stringContaining("error invalid-lock"));
});
