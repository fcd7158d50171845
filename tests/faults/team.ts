import { setTimeout as delay } from "node:timers/promises";
import pg from "pg";
import { openPostgresStorage } from "../../platform/storage/open-postgres-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import type { StoredEvent } from "../../platform/storage/stored-event.ts";
import { DopProcess, freePort } from "./dop-process.ts";
import { tillLimit } from "./shop-of-faults.ts";

export type Member = "server" | "daemon" | "worker";

/** The processes of a team over one Postgres database, each started again when it is gone. */
export class Team implements AsyncDisposable {
  readonly root: string;
  readonly storage: Storage;
  /** Everything that was read of the log while things happened. */
  readonly seen: StoredEvent[] = [];
  readonly #url: string;
  readonly #members: { readonly role: Member; readonly port: number; process: DopProcess }[] = [];
  #stopping = false;

  private constructor(root: string, url: string, storage: Storage) {
    this.root = root;
    this.#url = url;
    this.storage = storage;
    storage.subscribe(({ events }) => this.seen.push(...events));
  }

  static async start(root: string, url: string, roles: readonly Member[]): Promise<Team> {
    const storage = await openPostgresStorage(url);
    await recordPeaks(url);
    const team = new Team(root, url, storage);
    await Promise.all(roles.map((role) => team.add(role)));
    return team;
  }

  /** Resolves when the new member is well. */
  async add(role: Member): Promise<void> {
    const port = await freePort();
    const process = this.#start(role, port);
    this.#members.push({ role, port, process });
    await process.healthy();
  }

  members(role: Member): DopProcess[] {
    return this.#members.filter((member) => member.role === role).map(({ process }) => process);
  }

  /** Records a run as `dop server` does; gives its id. */
  async ask(body: object, { tries = 1 } = {}): Promise<string> {
    const [server] = this.members("server");
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(`${server?.url}/api/v1/runs`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      const answer = (await response.json()) as { run?: { id: string } };
      if (answer.run !== undefined) return answer.run.id;
      if (attempt === tries) throw new Error(`no run: ${JSON.stringify(answer)}`);
      await delay(200);
    }
  }

  /** Resolves when no run waits or goes on; rejects after so long. */
  async atRest(timeoutMs: number): Promise<void> {
    for (const deadline = performance.now() + timeoutMs; ; await delay(100)) {
      const open = [...(await this.storage.queuedRuns(10)), ...(await this.storage.runsInProgress())];
      if (open.length === 0) return;
      if (performance.now() < deadline) continue;
      const said = this.#members.map(({ role, process }) => `${role}: ${process.printed().slice(-3000)}`);
      throw new Error(`${open.map(({ id, status }) => `${id} ${status}`).join(", ")}\n${said.join("\n")}`);
    }
  }

  /** Most slots of the till that were taken at one time, as the database saw each lease. */
  async poolPeaks() {
    const client = new pg.Client(this.#url);
    await client.connect();
    const { rows } = await client.query(
      "select pool, max(taken)::int as peak from lease_audit group by pool",
    );
    await client.end();
    return (rows as { pool: string; peak: number }[]).map((row) => ({ ...row, limit: tillLimit }));
  }

  /** Ends all members in order; gives their exit codes. */
  async stop(): Promise<(number | null)[]> {
    this.#stopping = true;
    for (const { process } of this.#members) process.signal("SIGTERM");
    return await Promise.all(this.#members.map(async ({ process }) => (await process.ended)[0]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#members.map(({ process }) => process[Symbol.asyncDispose]()));
    await this.storage.close();
  }

  #start(role: Member, port: number): DopProcess {
    const more = role === "server" ? ["--port"] : ["--health-port"];
    const places = role === "worker" ? ["--places", "3", "--grace", "1s"] : [];
    const process = new DopProcess({
      root: this.root,
      args: [role, ...places, ...more, String(port)],
      env: { DOP_STORAGE_URL: this.#url },
      port,
    });
    void process.ended.then(() => {
      const member = this.#members.find((one) => one.process === process);
      if (member !== undefined && !this.#stopping) member.process = this.#start(role, port);
    });
    return process;
  }
}

export const teamStorage = { storage: { url: { env: "DOP_STORAGE_URL" } } };

async function recordPeaks(url: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`
    create table lease_audit (pool text, taken bigint);
    create function audit_lease() returns trigger language plpgsql as $$
      begin
        insert into lease_audit
        select new.pool, sum(slots) from pool_leases where pool = new.pool;
        return null;
      end $$;
    create trigger audit_lease after insert or update on pool_leases
      for each row execute function audit_lease();
  `);
  await client.end();
}
