import type { DefinitionsSnapshot } from "../../../platform/core/definitions-snapshot.ts";
import type { RunId } from "../../../platform/core/run.ts";
import { createDaemon } from "../../../platform/daemon/daemon.ts";
import { isOvertaken } from "../../../platform/instance/attempt-loss.ts";
import { type AutomationDesk, createAutomationDesk } from "../../../platform/instance/automation-desk.ts";
import { type InstigatorSwitches, readSwitches } from "../../../platform/instance/instigator-switches.ts";
import type { Database } from "../../../platform/storage/database.ts";
import { type EventRow, eventColumns, eventOf } from "../../../platform/storage/events.ts";
import { migrate, readMigrations } from "../../../platform/storage/migrate.ts";
import { SqlStorage } from "../../../platform/storage/sql-storage.ts";
import type { Storage, TickCommit, TickRecord } from "../../../platform/storage/storage.ts";
import type { StoredEvent } from "../../../platform/storage/stored-event.ts";
import type { Seeded } from "../seeded.ts";
import { Actor, type Met } from "./actor.ts";
import { momentOf, waits } from "./check-schedules.ts";
import { FaultyDatabase } from "./faulty-database.ts";
import { type RandomProject, till } from "./random-project.ts";

/** A tick as it was found in the storage right after it was committed. */
export interface SeenTick extends TickRecord {
  readonly commit: TickCommit;
  readonly round: Round;
  /** The newest place in the log when it was committed. */
  readonly logEnd: number;
  /** The latest moment that any daemon's clock had shown. */
  readonly latestSeen: number;
}

/** One round of one daemon. */
export interface Round {
  readonly daemon: Daemon;
  readonly snapshot: DefinitionsSnapshot;
  /** The daemon's clock, once it was read. */
  now: number | undefined;
  readonly switchesBefore: InstigatorSwitches;
  readonly cursorsBefore: ReadonlyMap<string, string>;
  /** How many ticks, and how many forgotten cursors, there were before it. */
  readonly ticksBefore: number;
  readonly forgottenBefore: number;
  /** Schedules of which a tick had to wait when the round began. */
  readonly waiting: ReadonlySet<string>;
}

/** Where something stands in the log or in time, as it is stored. */
interface Cursor {
  readonly after?: number;
  readonly cron?: string;
}

/** How far a daemon has looked at a schedule: its clock at its last whole round, and when it began. */
export interface Standing {
  readonly cron: string;
  readonly now: number;
  readonly floor: number;
}

/** A key of dynamic partitions, and how many ticks there were before it. */
export interface AddedKey {
  readonly key: string;
  readonly after: number;
}

/** Old records that were removed, and how far event sensors had looked then. */
export interface Purge {
  readonly beforeMs: number;
  readonly sensors: ReadonlyMap<string, string>;
}

/** Everything that a history is played with, and what an auditor writes down of it. */
export class World {
  readonly project: RandomProject;
  readonly random: Seeded;
  readonly root: string;
  readonly database: FaultyDatabase;
  /** Not for the play: nothing goes wrong with it. */
  readonly storage: Storage;
  readonly ticks: SeenTick[] = [];
  readonly events: StoredEvent[] = [];
  readonly asked: string[] = [];
  readonly unanswered: string[] = [];
  readonly addedKeys: AddedKey[] = [];
  readonly purges: Purge[] = [];
  /** Cursors that were removed, by name. */
  readonly forgotten: string[] = [];
  readonly violations: string[] = [];
  readonly #notes: { readonly at: number; readonly text: string }[] = [];
  poolPeak = 0;
  /** Milliseconds since 1970, as every process of the play sees it unless its clock is off. */
  at: number;
  /** The latest moment that a daemon's clock has shown before it was put back. */
  latestAt = 0;
  /** The latest moment that any daemon's clock has shown. */
  latestSeen = 0;
  #runs = 0;
  readonly #cursors = new Map<string, ReadonlyMap<string, Cursor>>();

  private constructor(parts: {
    project: RandomProject;
    random: Seeded;
    root: string;
    database: FaultyDatabase;
  }) {
    this.project = parts.project;
    this.random = parts.random;
    this.root = parts.root;
    this.database = parts.database;
    this.storage = new SqlStorage(parts.database);
    this.at = parts.project.start;
  }

  static async open(
    inner: Database,
    parts: { readonly project: RandomProject; readonly random: Seeded; readonly root: string },
  ): Promise<World> {
    await migrate(inner, readMigrations(inner.dialect));
    return new World({ ...parts, database: new FaultyDatabase(inner) });
  }

  actor(name: string): Actor {
    return new Actor(name, this.storage, this.database);
  }

  /** Rises in the order in which runs are planned, so that the same seed gives the same history. */
  nextRunId(): RunId {
    this.#runs += 1;
    return `run-${String(this.#runs).padStart(5, "0")}` as RunId;
  }

  note(text: string): void {
    this.#notes.push({ at: this.at, text });
  }

  /** What happened, line by line. */
  trace(): string[] {
    return this.#notes.map(({ at, text }) => `${momentOf(at)} ${text}`);
  }

  violated(rule: string, text: string): void {
    this.note(`VIOLATION ${rule}: ${text}`);
    this.violations.push(`${rule}: ${text}`);
  }

  /** Writes down what a wish that was let through has changed. */
  async audit({ actor, method, asked, outcome }: Met, rounds: ReadonlyMap<Actor, Round>): Promise<void> {
    const how = outcome.kind === "well" ? "" : ` ${JSON.stringify(outcome)}`;
    this.note(`${actor.name}.${actor.life} ${method}${how}`);
    if (method === "claimPools") {
      const leases = await this.storage.poolLeases(till.pool);
      this.poolPeak = Math.max(
        this.poolPeak,
        leases.reduce((sum, { slots }) => sum + slots, 0),
      );
    }
    if (method !== "commitTick" && method !== "setCursor" && method !== "swapCursor") return;
    await this.#checkCursors();
    if (method !== "commitTick") return;
    const commit = asked[0] as TickCommit;
    const recent = await this.storage.listTicks(commit.instigator, { limit: 1 });
    const known = this.ticks.findLast(({ instigator }) => instigator === commit.instigator)?.id ?? 0;
    for (const tick of recent) {
      if (tick.id <= known) continue;
      const round = rounds.get(actor) as Round;
      const logEnd = await this.storage.newestCursor();
      this.ticks.push({ ...tick, commit, round, logEnd, latestSeen: this.latestSeen });
      this.note(
        `  tick ${tick.instigator} ${tick.status} ${new Date(tick.scheduledAtMs).toISOString()} ${tick.runIds.join()}`,
      );
    }
  }

  /** Where a schedule or an event sensor stands never goes back, unless its cron is another one. */
  async #checkCursors(): Promise<void> {
    for (const prefix of ["schedule/", "sensor/"]) {
      const before = this.#cursors.get(prefix) ?? new Map<string, Cursor>();
      const now = new Map(
        [...(await this.storage.listCursors(prefix))].map(([name, text]) => [
          name,
          JSON.parse(text) as Cursor,
        ]),
      );
      for (const [name, { after, cron }] of now) {
        const last = before.get(name);
        if (after !== undefined && last?.after !== undefined && last.cron === cron && after < last.after)
          this.violated("cursor", `${prefix}${name} went back from ${last.after} to ${after}`);
      }
      for (const name of before.keys()) if (!now.has(name)) this.forgotten.push(prefix + name);
      this.#cursors.set(prefix, now);
    }
  }

  /** What the log tells since the last look; to be called before something of it is removed. */
  async readLog(): Promise<void> {
    const rows = await this.database.all<EventRow>(
      `select ${eventColumns} from events where id > :after order by id`,
      { after: this.events.at(-1)?.cursor ?? 0 },
    );
    this.events.push(...rows.map(eventOf));
  }
}

/** A daemon of the play: the real loops over a storage that is let through wish by wish, with a clock of its own. */
export class Daemon {
  readonly actor: Actor;
  readonly world: World;
  readonly rounds: Map<Actor, Round>;
  /** By which its clock is wrong, in milliseconds. */
  skewMs = 0;
  /** Which version of the definitions it has loaded. */
  version = 0;
  errors: unknown[] = [];
  /** The latest moment that its clock has shown. */
  latestNow = 0;
  /** By schedule that was on. */
  readonly whole = new Map<string, Standing>();
  #daemon: ReturnType<typeof createDaemon>;

  constructor(world: World, name: string, rounds: Map<Actor, Round>) {
    this.world = world;
    this.actor = world.actor(name);
    this.rounds = rounds;
    this.#daemon = this.#open();
  }

  get snapshot(): DefinitionsSnapshot {
    return this.world.project.versions[this.version] as DefinitionsSnapshot;
  }

  /** A new process, which remembers nothing. */
  restart(): void {
    this.actor.crash();
    this.whole.clear();
    this.latestNow = 0;
    this.#daemon = this.#open();
  }

  /** Begins a round. */
  async round(): Promise<void> {
    const { storage } = this.world;
    this.errors = [];
    const round: Round = {
      daemon: this,
      snapshot: this.snapshot,
      now: undefined,
      switchesBefore: await readSwitches(storage),
      cursorsBefore: await storage.listCursors("schedule/"),
      ticksBefore: this.world.ticks.length,
      forgottenBefore: this.world.forgotten.length,
      waiting: await this.#waiting(),
    };
    this.rounds.set(this.actor, round);
    const daemon = this.#daemon;
    await this.actor.begin(async () => void (await daemon.round()));
  }

  async #waiting(): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const schedule of this.snapshot.definitions.schedules)
      if (await waits(this.world, schedule)) found.add(schedule.name);
    return found;
  }

  #now(): number {
    return this.world.at + this.skewMs;
  }

  #open(): ReturnType<typeof createDaemon> {
    const { world, actor } = this;
    const storage = actor.storage();
    const life = actor.life;
    const now = () => Temporal.Instant.fromEpochMilliseconds(this.#now());
    const desk = createAutomationDesk({
      recording: { root: world.root, storage, commit: async () => undefined, now },
      storage,
      definitions: { current: () => this.snapshot, subscribe: () => () => {} },
      control: { enqueued: () => {}, cancel: (id) => cancelRun(storage, id, this.#now()) },
      warm: () => {},
    });
    return createDaemon({
      desk: withRunIds(desk, world),
      now: () => {
        const round = this.rounds.get(actor);
        if (round !== undefined) round.now ??= this.#now();
        this.latestNow = Math.max(this.latestNow, this.#now());
        world.latestSeen = Math.max(world.latestSeen, this.#now());
        return now();
      },
      onTick: () => {},
      onError: (error) => {
        if (life === actor.life) this.errors.push(error);
      },
    });
  }
}

/** Runs by their number in the play, where the product gives them random ids. */
export function withRunIds<D extends Pick<AutomationDesk, "prepare">>(desk: D, world: World): D {
  return {
    ...desk,
    async prepare(...asked: Parameters<AutomationDesk["prepare"]>) {
      const prepared = await desk.prepare(...asked);
      return { ...prepared, runs: prepared.runs.map((run) => ({ ...run, id: world.nextRunId() })) };
    },
  };
}

/** A run that waits ends at once; one that goes on is ended by its worker. */
export async function cancelRun(storage: Storage, id: RunId, at: number): Promise<void> {
  try {
    const run = await storage.getRun(id);
    if (run?.status === "queued") await storage.setRunStatus(id, "canceled", { at, epoch: run.epoch });
    else if (run?.status === "starting" || run?.status === "started")
      await storage.setRunStatus(id, "canceling", { at });
  } catch (error) {
    if (!isOvertaken(error)) throw error;
  }
}
