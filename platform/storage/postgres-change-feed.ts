import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import type { RunId } from "../core/run.ts";
import type { ChangeFeed, ChangeListener } from "./change-feed.ts";
import type { Database, Statements } from "./database.ts";
import { eventsBetween, newestCursor } from "./events.ts";
import { pause } from "./persistent.ts";
import { connectionOptions } from "./postgres-connection.ts";
import type { StorageChange } from "./storage.ts";
import type { EventCursor } from "./stored-event.ts";

/** What is sent with a commit: who made it, the stretch of the log that it added, and the runs that it changed. */
interface Announcement {
  readonly origin: string;
  readonly number: number;
  readonly log?: readonly [first: EventCursor, last: EventCursor];
  readonly runs: readonly RunId[];
}

/** A payload holds 8,000 bytes. */
const runsAtOnce = 150;
/** So many of the process's own commits are kept until they are heard of; others are read again. */
const mostKept = 256;
const pageSize = 1000;
const pingMs = 15_000;

/**
 * Commits of all processes, in their order, as `notify` brings them; so a process hears of its own ones too.
 *
 * Whatever was missed while the connection was away is read from the log afterwards.
 */
export class PostgresChangeFeed implements ChangeFeed {
  readonly #url: string;
  readonly #db: Database;
  readonly #channel: string;
  readonly #listeners = new Set<ChangeListener>();
  readonly #origin = randomUUID();
  readonly #closing = new AbortController();
  /** Own commits that were not heard of yet. */
  readonly #own = new Map<number, StorageChange>();
  #number = 0;
  #cursor: EventCursor | undefined;
  /** Whether commits behind the cursor may not have been told: nothing is told before those are read from the log. */
  #isBehind = false;
  #telling: Promise<void> = Promise.resolve();
  #client: pg.Client | undefined;

  private constructor(url: string, db: Database, channel: string) {
    this.#url = url;
    this.#db = db;
    this.#channel = channel;
  }

  /** Resolves when it listens. */
  static async open(url: string, db: Database): Promise<PostgresChangeFeed> {
    const row = await db.get<{ schema: string }>("select current_schema() as schema");
    const schema = createHash("sha256").update(String(row?.schema)).digest("hex").slice(0, 16);
    const feed = new PostgresChangeFeed(url, db, `dop_${schema}`);
    await feed.#listen();
    return feed;
  }

  async publish(db: Statements, { events, runs }: StorageChange): Promise<() => void> {
    const first = events[0]?.cursor;
    const log = first === undefined ? {} : { log: [first, events.at(-1)?.cursor ?? first] as const };
    for (let from = 0; from === 0 || from < runs.length; from += runsAtOnce) {
      const some = runs.slice(from, from + runsAtOnce);
      const number = ++this.#number;
      this.#keep(number, { events: from === 0 ? events : [], runs: some });
      const announcement: Announcement = {
        origin: this.#origin,
        number,
        ...(from === 0 ? log : {}),
        runs: some,
      };
      await db.all("select pg_notify(:channel, :announcement)", {
        channel: this.#channel,
        announcement: JSON.stringify(announcement),
      });
    }
    return () => {};
  }

  #keep(number: number, change: StorageChange): void {
    this.#own.set(number, change);
    const [oldest] = this.#own.keys();
    if (this.#own.size > mostKept && oldest !== undefined) this.#own.delete(oldest);
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#listeners.clear();
    await this.#client?.end().catch(() => {});
    await this.#telling;
  }

  async #listen(): Promise<void> {
    const client = new pg.Client({ ...connectionOptions(this.#url), query_timeout: 10_000 });
    let broken = false;
    const onBroken = () => {
      if (broken) return;
      broken = true;
      clearInterval(ping);
      void client.end().catch(() => {});
      if (this.#client !== client) return;
      this.#isBehind = true;
      void this.#listenAgain();
    };
    client.on("error", onBroken);
    client.on("end", onBroken);
    client.on("notification", ({ payload = "" }) => this.#inOrder(() => this.#hear(payload)));
    // A connection that died silently would be quiet for ever.
    const ping = setInterval(() => void client.query("select 1").catch(onBroken), pingMs).unref();
    try {
      await client.connect();
      await client.query(`listen ${this.#channel}`);
    } catch (error) {
      onBroken();
      throw error;
    }
    if (this.#closing.signal.aborted) return void (await client.end());
    this.#client = client;
    if (broken) {
      this.#isBehind = true;
      return void this.#listenAgain();
    }
    this.#cursor ??= await newestCursor(this.#db);
  }

  async #listenAgain(): Promise<void> {
    this.#client = undefined;
    for (let pauseMs = 50; !this.#closing.signal.aborted; pauseMs = Math.min(2000, pauseMs * 2)) {
      await pause(pauseMs, this.#closing.signal);
      try {
        await this.#listen();
        this.#inOrder(() => this.#catchUp());
        return;
      } catch {
        // The next try may reach it.
      }
    }
  }

  /** One after the other; what could not be read is read from the log, at the latest when the connection is back. */
  #inOrder(work: () => Promise<void>): void {
    this.#telling = this.#telling
      .then(work)
      .catch(() => {
        this.#isBehind = true;
        return this.#catchUp();
      })
      .catch(() => {});
  }

  async #hear(payload: string): Promise<void> {
    const { origin, number, log, runs } = JSON.parse(payload) as Announcement;
    const own = origin === this.#origin ? this.#own.get(number) : undefined;
    if (origin === this.#origin) this.#own.delete(number);
    if (this.#isBehind) await this.#catchUp();
    const cursor = this.#cursor ?? 0;
    // The log grows in the order of commits, so what is not beyond the cursor was told.
    const isNew = log !== undefined && log[1] > cursor;
    const events = isNew
      ? (own?.events ?? (await eventsBetween(this.#db, { first: log[0], last: log[1] })))
      : [];
    if (isNew) this.#cursor = log[1];
    this.#tell({ events, runs });
  }

  async #catchUp(): Promise<void> {
    // Should the connection break meanwhile, it is behind again.
    this.#isBehind = false;
    this.#own.clear();
    try {
      await this.#tellOfLog();
    } catch (error) {
      this.#isBehind = true;
      throw error;
    }
  }

  async #tellOfLog(): Promise<void> {
    for (;;) {
      const events = await eventsBetween(this.#db, {
        first: (this.#cursor ?? 0) + 1,
        last: Number.MAX_SAFE_INTEGER,
        limit: pageSize,
      });
      if (events.length === 0) break;
      this.#cursor = events.at(-1)?.cursor as number;
      this.#tell({ events, runs: [...new Set(events.map(({ event }) => event.runId))] });
    }
    // Changes that are no events may have been missed as well.
    const rows = await this.#db.all<{ id: string }>(
      "select id from runs where status in ('not_started', 'queued', 'starting', 'started', 'canceling')",
    );
    if (rows.length > 0) this.#tell({ events: [], runs: rows.map(({ id }) => id as RunId) });
  }

  #tell(change: StorageChange): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(change);
      } catch (error) {
        // A listener's defect is no reason to stop listening, and must not be hidden.
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
