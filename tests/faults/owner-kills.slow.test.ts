import { existsSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test, vi } from "vitest";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import { checkHistory } from "./check-history.ts";
import { DopProcess, freePort } from "./dop-process.ts";
import { historyOf } from "./history-of.ts";
import { Killings, type Victim } from "./kills.ts";
import { faultNumber, seeded } from "./seeded.ts";
import { copyShopOfFaults, mostRuns, selections, tillLimit } from "./shop-of-faults.ts";

vi.setConfig({ testTimeout: 1_800_000 });

/** Every lease is noted by the database itself, so that none is missed. */
const recordPeaks = `
  create table if not exists lease_audit (pool text, taken integer);
  create trigger if not exists audit_new_lease after insert on pool_leases begin
    insert into lease_audit select new.pool, sum(slots) from pool_leases where pool = new.pool;
  end;
  create trigger if not exists audit_changed_lease after update on pool_leases begin
    insert into lease_audit select new.pool, sum(slots) from pool_leases where pool = new.pool;
  end;
`;

/** Reads along in the owner's database: what is committed there, and slots that are taken. */
class Observer implements Disposable {
  readonly #database: DatabaseSync;
  #cursor = 0;
  #queued = 0;

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: 5000 });
    this.#database.exec(recordPeaks);
  }

  /** Most slots of the till that were taken at one time, as the database saw each lease. */
  get peak(): number {
    return this.#one("select coalesce(max(taken), 0) as taken from lease_audit where pool = 'till'")[
      "taken"
    ] as number;
  }

  /** Words of the log since the last look; `queued` where runs came to the queue. */
  news(): string[] {
    const rows = this.#database
      .prepare("select id as cursor, type from events where id > ? order by id")
      .all(this.#cursor) as { cursor: number; type: string }[];
    this.#cursor = rows.at(-1)?.cursor ?? this.#cursor;
    const { queued } = this.#one("select count(*) as queued from runs where status = 'queued'");
    const came = (queued as number) > this.#queued;
    this.#queued = queued as number;
    return [...(came ? ["queued"] : []), ...rows.map(({ type }) => type)];
  }

  /** Runs that wait or go on. */
  open(): number {
    const statuses = "('not_started', 'queued', 'starting', 'started', 'canceling')";
    return this.#one(`select count(*) as open from runs where status in ${statuses}`)["open"] as number;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #one(sql: string): { readonly [column: string]: unknown } & { queued?: unknown; taken?: unknown } {
    return this.#database.prepare(sql).get() as { readonly [column: string]: unknown };
  }
}

test("an owner that is killed with its workers at every point of a run loses and doubles nothing", async () => {
  const seed = faultNumber("SEED", Date.now() % 100_000);
  const kills = faultNumber("KILLS", 80);
  console.log(`DOP_FAULT_SEED=${seed}`);
  const random = seeded(seed);
  const killings = new Killings(random);
  const { root } = copyShopOfFaults();
  const port = await freePort();
  const startOwner = () => new DopProcess({ root, args: ["dev", "--port", String(port)], port });
  let owner = startOwner();
  onTestFinished(async () => await owner[Symbol.asyncDispose]());
  await owner.healthy();
  const ensureOwner = async () => {
    if (owner.isRunning) return;
    await owner.ended;
    owner = startOwner();
    await owner.healthy();
  };
  const file = join(root, ".dop/dop.sqlite");
  expect(existsSync(file)).toBe(true);
  using observer = new Observer(file);

  const asked: string[] = [];
  const unanswered: string[] = [];
  const ask = async () => {
    const tag = String(asked.length + unanswered.length);
    const body = JSON.stringify({ selection: random.pick(selections), tags: { ask: tag } });
    const headers = { "content-type": "application/json" };
    try {
      const response = await fetch(`${owner.url}/api/v1/runs`, { method: "POST", headers, body });
      asked.push(((await response.json()) as { run: { id: string } }).run.id);
    } catch {
      unanswered.push(tag);
    }
  };
  const victimOf = (): Victim => {
    const kind = random.next();
    return kind < 0.1 ? "owner" : kind < 0.6 ? "run worker" : "grandchild";
  };
  while (killings.count < kills) {
    if (observer.open() < 8) await ask();
    for (const point of observer.news()) {
      if (killings.count >= kills || random.next() > 0.3) continue;
      // In the middle of a step, too.
      await delay(random.below(100));
      killings.strike(point, victimOf(), [owner.pid]);
    }
    await delay(5);
    await ensureOwner();
  }
  // The last kill may have hit it.
  await delay(200);
  await ensureOwner();
  await vi.waitUntil(() => observer.open() === 0, { timeout: 120_000, interval: 100 });
  observer.news();
  owner.signal("SIGTERM");
  await owner.ended;
  console.log(`${asked.length} runs, ${unanswered.length} requests without an answer; ${killings.text()}`);
  await using storage = await openSqliteStorage(file);
  const history = await historyOf(storage);
  const poolPeaks = [{ pool: "till", peak: observer.peak, limit: tillLimit }];
  expect(
    checkHistory({ ...history, asked, unanswered, seen: [], poolPeaks, mostRuns, queueSlackMs: 1000 }),
    `DOP_FAULT_SEED=${seed}`,
  ).toEqual([]);
  expect(history.runs.filter(({ status }) => status !== "success")).toEqual([]);
});
