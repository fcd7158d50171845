import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { RunEvent } from "../../platform/core/event.ts";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import type { Storage, StorageChange } from "../../platform/storage/storage.ts";
import { PostgresServer } from "../postgres-server.ts";
import { findTool, requireTool } from "../require-tool.ts";
import { asset, begun, materialized, newRun, runId } from "./stored-runs.ts";

let server: PostgresServer;

beforeEach((context) => void requireTool(context, "postgres"));
beforeAll(async () => {
  if (findTool("postgres") !== undefined) server = await PostgresServer.start();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose](), 60_000);

const logEvent = (id: string, seq: number, epoch = 1): RunEvent => ({
  runId: runId(id),
  epoch,
  seq,
  at: seq,
  type: "log",
  level: "info",
  message: String(seq),
});

async function openMany(count: number): Promise<Storage[] & AsyncDisposable> {
  const url = await server.createDatabase();
  const storages = await Promise.all(Array.from({ length: count }, () => openPostgresStorage(url)));
  return Object.assign(storages, {
    [Symbol.asyncDispose]: async () => void (await Promise.all(storages.map((storage) => storage.close()))),
  });
}

test("several processes that open an empty database at once make its tables once", async () => {
  await using storages = await openMany(5);
  await storages[0]?.createRun(newRun("r1"));
  expect(await storages[4]?.getRun(runId("r1"))).toMatchObject({ id: "r1" });
});

test("of attempts that many processes claim at once each is given out once", async () => {
  await using storages = await openMany(4);
  const ids = Array.from({ length: 12 }, (_, index) => `r${index}`);
  for (const id of ids) {
    await storages[0]?.createRun(newRun(id));
    await storages[0]?.startAttempt(runId(id), 1);
  }
  const given: string[] = [];
  const work = async (storage: Storage, worker: string) => {
    for (let misses = 0; misses < 20; ) {
      const claim = await storage.claimAttempt(worker, { leaseMs: 60_000 });
      if (claim === undefined) misses++;
      else given.push(claim.runId);
    }
  };
  await Promise.all(
    storages.flatMap((storage, process) =>
      Array.from({ length: 4 }, (_, index) => work(storage, `${process}-${index}`)),
    ),
  );
  expect(given.toSorted()).toEqual(ids.toSorted());
});

test("decisions of several processes about one run are numbered without a gap or a repetition", async () => {
  await using storages = await openMany(3);
  await storages[0]?.createRun(newRun("r1"));
  await Promise.all(
    storages.flatMap((storage) =>
      Array.from({ length: 10 }, (_, index) => storage.noteRun(runId("r1"), { at: index, message: "x" })),
    ),
  );
  const { events } = (await storages[1]?.listEvents(runId("r1"), { limit: 100 })) ?? { events: [] };
  expect(events.map(({ event }) => event.seq)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
});

test("commits of all processes are heard by each, in the order of cursors and none left out", async () => {
  await using storages = await openMany(3);
  const heard: StorageChange[] = [];
  storages[2]?.subscribe((change) => heard.push(change));
  await Promise.all(
    storages.map(async (storage, index) => {
      const { append } = await begun(storage, `r${index}`);
      for (let turn = 0; turn < 20; turn++) await append(materialized("a"));
    }),
  );
  const cursors = () => heard.flatMap(({ events }) => events.map(({ cursor }) => cursor));
  await expect.poll(() => cursors().length).toBe(3 * 22);
  expect(cursors()).toEqual(cursors().toSorted((a, b) => a - b));
});

test.for(["fast", "immediate", "kill"] as const)(
  "a server that goes down (%s) and comes back costs nothing that was stored, and doubles nothing",
  { timeout: 60_000 },
  async (how) => {
    await using storages = await openMany(2);
    const [writer, other] = storages as readonly Storage[] as [Storage, Storage];
    await begun(writer, "r1");
    const heard = new Set<number>();
    other.subscribe(({ events }) => {
      for (const { event } of events) if (event.type === "log") heard.add(event.seq);
    });
    let stopped = false;
    const acknowledged: number[] = [];
    const writing = (async () => {
      for (let seq = 2; !stopped; seq++) {
        await writer.appendEvents([logEvent("r1", seq)]);
        acknowledged.push(seq);
      }
    })();
    for (let restart = 0; restart < 3; restart++) {
      await setTimeout(300);
      await server.stop(how);
      await setTimeout(200);
      await server.start();
    }
    await setTimeout(300);
    stopped = true;
    await writing;
    const { events } = await other.listEvents(runId("r1"), { limit: 100_000, types: ["log"] });
    expect(events.map(({ event }) => event.seq)).toEqual(acknowledged);
    // What was committed while nobody could listen is told as well.
    await expect.poll(() => heard.size, { timeout: 30_000 }).toBe(acknowledged.length);
  },
);

test("a server that stays away is told of when the patience is over", async () => {
  const url = await server.createDatabase();
  await using storage = await openPostgresStorage(url, { patienceMs: 300 });
  await server.stop("immediate");
  try {
    await expect(storage.getRun(runId("r1"))).rejects.toMatchObject({
      reason: "unreachable",
      message: expect.stringContaining("127.0.0.1"),
    });
  } finally {
    await server.start();
  }
  expect(await storage.getRun(runId("r1"))).toBeUndefined();
}, 30_000);

test("what Postgres refuses for good is told at once", async () => {
  const opening = openPostgresStorage(server.url("nothing_there"));
  await expect(opening).rejects.toMatchObject({ reason: "cannot-open" });
});

test("after closing nothing is taken", async () => {
  const storage = await openPostgresStorage(await server.createDatabase());
  await storage.close();
  await storage.close();
  await expect(storage.getRun(runId("r1"))).rejects.toMatchObject({ reason: "closed" });
});

test("a text with a character that Postgres cannot hold is kept with its picture", async () => {
  await using storage = await openPostgresStorage(await server.createDatabase());
  const { append } = await begun(storage);
  await append({ type: "run.failed", error: { name: "Error", message: "a\0b" } });
  expect(await storage.getRun(runId("r1"))).toMatchObject({ failure: "a␀b" });
});

/** Passes everything on, but breaks the connection instead of bringing the answer to the next `commit`. */
class LossyProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  lost = 0;
  armed = false;

  private constructor(target: number) {
    this.#server = createServer((client) => {
      const upstream = connect(target, "127.0.0.1");
      this.#sockets.add(client).add(upstream);
      let swallowing = false;
      client.on("data", (data) => {
        if (this.armed && data.includes("commit\0")) {
          this.armed = false;
          this.lost++;
          swallowing = true;
        }
        upstream.write(data);
      });
      upstream.on("data", (data) => {
        if (swallowing) client.destroy();
        else client.write(data);
      });
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on("error", () => {});
        one.on("close", () => other.destroy());
      }
    });
  }

  static async start(target: number): Promise<LossyProxy> {
    const proxy = new LossyProxy(target);
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

async function overLossyProxy(work: (storage: Storage, lose: () => void) => Promise<void>): Promise<void> {
  await using proxy = await LossyProxy.start(server.port);
  const url = (await server.createDatabase()).replace(`:${server.port}`, `:${proxy.port}`);
  await using storage = await openPostgresStorage(url);
  await work(storage, () => {
    proxy.armed = true;
  });
  expect([proxy.armed, proxy.lost > 0]).toEqual([false, true]);
}

test("a run whose commit was not answered is there once, and its creator hears so", async () => {
  await overLossyProxy(async (storage, lose) => {
    lose();
    expect(await storage.createRun(newRun("r1"))).toMatchObject({ id: "r1" });
    await expect(storage.createRun(newRun("r1", { createdAtMs: 7 }))).rejects.toMatchObject({
      reason: "run-exists",
    });
  });
});

test("events whose commit was not answered are there once, are told once and facts with them", async () => {
  await overLossyProxy(async (storage, lose) => {
    const { append } = await begun(storage);
    const heard: string[] = [];
    storage.subscribe(({ events }) => heard.push(...events.map(({ event }) => event.type)));
    lose();
    expect((await append(materialized("a"), { type: "run.succeeded" })).refused).toBe(0);
    expect(await storage.getRun(runId("r1"))).toMatchObject({ status: "success" });
    expect((await storage.assetHistory(asset("a"), { limit: 9 })).length).toBe(1);
    await expect.poll(() => heard.filter((type) => type !== "run.started")).toContain("run.succeeded");
    expect(heard.filter((type) => type === "asset.materialized")).toHaveLength(1);
  });
});

test("a claim whose commit was not answered is the worker's", async () => {
  await overLossyProxy(async (storage, lose) => {
    for (const id of ["r1", "r2"]) {
      await storage.createRun(newRun(id));
      await storage.startAttempt(runId(id), 1);
    }
    lose();
    const first = await storage.claimAttempt("w", { leaseMs: 60_000 });
    const second = await storage.claimAttempt("w", { leaseMs: 60_000 });
    expect([first?.runId, second?.runId].toSorted()).toEqual(["r1", "r2"]);
  });
});

test("a tick whose commit was not answered is recorded with its runs", async () => {
  await overLossyProxy(async (storage, lose) => {
    lose();
    const base = {
      instigator: "i",
      scheduledAtMs: 1,
      status: "success",
      startedAtMs: 1,
      endedAtMs: 1,
    } as const;
    const outcome = await storage.commitTick({ ...base, runs: [newRun("r1")], cursors: [] });
    expect([outcome.recorded, outcome.runs.map(({ id }) => id)]).toEqual([true, ["r1"]]);
  });
});

test("a note, a change of status and a swap whose commits were not answered happen once", async () => {
  await overLossyProxy(async (storage, lose) => {
    await storage.createRun(newRun("r1"));
    lose();
    await storage.noteRun(runId("r1"), { at: 1, message: "waits" });
    lose();
    expect(await storage.setRunStatus(runId("r1"), "canceled", { at: 2 })).toMatchObject({
      status: "canceled",
    });
    lose();
    expect(await storage.swapValue("k", { expected: undefined, value: "1" })).toBe(true);
    const { events } = await storage.listEvents(runId("r1"), { limit: 9 });
    expect(events.map(({ event }) => event.type)).toEqual(["log", "run.canceled"]);
  });
});
