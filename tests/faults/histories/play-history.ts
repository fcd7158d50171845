import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunId } from "../../../platform/core/run.ts";
import type { Database } from "../../../platform/storage/database.ts";
import { createSqliteDatabase } from "../../../platform/storage/sqlite-database.ts";
import { type Seeded, seeded } from "../seeded.ts";
import type { Actor, Outcome } from "./actor.ts";
import { checkRound } from "./check-schedules.ts";
import { checkWorld } from "./check-world.ts";
import { executeRun } from "./execute-run.ts";
import type { DatabaseFault } from "./faulty-database.ts";
import { PeopleAsk } from "./people.ts";
import { randomProject } from "./random-project.ts";
import { Daemon, type Round, World } from "./world.ts";

export interface PlayedHistory {
  readonly violations: readonly string[];
  /** What happened, line by line. */
  trace(): readonly string[];
  /** How much was played, so that a history of nothing is noticed. */
  readonly ticks: number;
  readonly runs: number;
  readonly faults: number;
}

/**
 * Plays one history: what a number gives, in a project that the same number gives. Daemons, workers and people come
 * in each other's way and go wrong until all is let come to rest; then what is stored is judged.
 */
export async function playHistory(
  seed: number,
  { database = createSqliteDatabase(":memory:") }: { readonly database?: Database } = {},
): Promise<PlayedHistory> {
  const random = seeded(seed);
  const project = randomProject(random);
  const root = project.watchesFiles ? mkdtempSync(join(tmpdir(), "dop-history-")) : "/projects/shop";
  if (project.watchesFiles) mkdirSync(join(root, "inbox"));
  const world = await World.open(database, { project, random, root });
  try {
    const play = new Play(world);
    await play.chaos();
    await play.rest();
    await checkWorld(world);
    const runs = await world.storage.listRuns({ limit: 10_000 });
    return {
      violations: world.violations,
      trace: () => world.trace(),
      ticks: world.ticks.length,
      runs: runs.length,
      faults: play.faults,
    };
  } finally {
    await world.storage.close();
    if (project.watchesFiles) rmSync(root, { recursive: true });
  }
}

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Rounds of a minute after which a history that never rests is wrong. */
const mostCycles = 700;

class Play {
  readonly world: World;
  readonly random: Seeded;
  readonly daemons: Daemon[];
  readonly workers: Actor[];
  readonly people: PeopleAsk[];
  faults = 0;
  readonly #rounds = new Map<Actor, Round>();
  /** Lives of daemons that are gone and not started again yet. */
  readonly #lives = new Map<Daemon, number>();
  readonly #asleep = new Set<Actor>();
  readonly #executed = new Map<Actor, RunId>();
  /** The latest moment that a clock has shown. */
  #latestAt = 0;
  /** Share of wishes that go wrong, and of those that end whoever had them. */
  readonly #faultShare: number;
  readonly #crashShare: number;

  constructor(world: World) {
    const { random } = world;
    this.world = world;
    this.random = random;
    const count = 1 + random.below(3);
    this.daemons = Array.from(
      { length: count },
      (_, place) => new Daemon(world, `daemon${place}`, this.#rounds),
    );
    for (const daemon of this.daemons) this.#lives.set(daemon, daemon.actor.life);
    this.workers = [world.actor("worker0"), world.actor("worker1")];
    this.people = [new PeopleAsk(world, "ann"), new PeopleAsk(world, "bob")];
    this.#faultShare = random.pick([0, 0.01, 0.03, 0.08]);
    this.#crashShare = random.pick([0, 0.002, 0.01, 0.03]);
  }

  /** Moves in any order. */
  async chaos(): Promise<void> {
    const moves = 120 + this.random.below(300);
    for (let move = 0; move < moves; move++) {
      const busy = this.#actors().filter((actor) => actor.isBusy && !this.#asleep.has(actor));
      if (busy.length > 0 && this.random.chance(0.8))
        await this.#meet(this.random.pick(busy) as Actor, this.#outcome());
      else await this.#begin();
      this.#passTime();
    }
  }

  /** Everything that goes on is let end, and all that is due comes, until nothing more happens. */
  async rest(): Promise<void> {
    const { world, random } = this;
    this.#asleep.clear();
    for (const actor of this.#actors()) await this.#finish(actor);
    for (const daemon of this.daemons) {
      if (random.chance(0.3) || this.#isGone(daemon)) this.#restart(daemon);
      daemon.skewMs = 0;
      daemon.version = world.project.versions.length - 1;
    }
    world.at = Math.max(world.at, this.#latestAt) + minuteMs;
    world.note("let come to rest");
    await this.people[0]?.switchAllOn();
    let quiet = 0;
    for (let cycle = 0; quiet < 3; cycle++) {
      // A long backlog that queues is worked off tick by tick.
      if (cycle === mostCycles) return world.violated("rest", "there is always something more to do");
      world.at += 61_000;
      const before = world.ticks.filter(({ runIds }) => runIds.length > 0).length;
      for (const daemon of this.daemons) {
        await this.#beginRound(daemon);
        await this.#finish(daemon.actor);
      }
      const [worker] = this.workers as [Actor];
      for (const id of await world.storage.unfinishedRuns()) {
        const now = () => world.at;
        await worker.begin(() => executeRun(worker.storage(), id, { end: "success", now }));
        await this.#finish(worker);
      }
      const isQuiet = world.ticks.filter(({ runIds }) => runIds.length > 0).length === before;
      quiet = isQuiet && (await world.storage.unfinishedRuns()).length === 0 ? quiet + 1 : 0;
    }
  }

  #actors(): Actor[] {
    return [
      ...this.daemons.map(({ actor }) => actor),
      ...this.workers,
      ...this.people.map(({ actor }) => actor),
    ];
  }

  async #meet(actor: Actor, outcome: Outcome): Promise<void> {
    if (outcome.kind !== "well") this.faults += 1;
    const met = await actor.meet(outcome);
    await this.world.audit(met, this.#rounds);
    await this.#afterwards(actor);
  }

  async #finish(actor: Actor): Promise<void> {
    while (actor.isBusy) await this.#meet(actor, { kind: "well" });
  }

  /** A round that came to its end is judged. */
  async #afterwards(actor: Actor): Promise<void> {
    const round = this.#rounds.get(actor);
    if (round === undefined || actor.isBusy || this.#isGone(round.daemon)) return;
    this.#rounds.delete(actor);
    await checkRound(this.world, round);
  }

  #isGone(daemon: Daemon): boolean {
    return this.#lives.get(daemon) !== daemon.actor.life;
  }

  #restart(daemon: Daemon): void {
    daemon.restart();
    this.#lives.set(daemon, daemon.actor.life);
    this.#rounds.delete(daemon.actor);
    this.world.note(`${daemon.actor.name} starts anew`);
  }

  async #beginRound(daemon: Daemon): Promise<void> {
    if (this.#isGone(daemon)) this.#restart(daemon);
    await daemon.round();
    await this.#afterwards(daemon.actor);
  }

  /** Somebody who has nothing to do does something. */
  async #begin(): Promise<void> {
    const { random, world } = this;
    const idle = this.#actors().filter((actor) => !actor.isBusy);
    const actor = random.pick(idle);
    if (actor === undefined) return;
    const daemon = this.daemons.find((one) => one.actor === actor);
    if (daemon !== undefined) {
      if (random.chance(0.1))
        daemon.version = Math.min(daemon.version + 1, world.project.versions.length - 1);
      if (random.chance(0.02)) this.#restart(daemon);
      return await this.#beginRound(daemon);
    }
    const person = this.people.find((one) => one.actor === actor);
    if (person !== undefined) return await this.#beginWish(person);
    const others = new Set(
      [...this.#executed].flatMap(([worker, id]) => (worker !== actor && worker.isBusy ? [id] : [])),
    );
    const id = random.pick(
      (await world.storage.unfinishedRuns()).toSorted().filter((one) => !others.has(one)),
    );
    if (id === undefined) return;
    this.#executed.set(actor, id);
    const end = random.pick(["success", "success", "success", "failure", "lost"] as const);
    await actor.begin(() => executeRun(actor.storage(), id, { end, now: () => world.at }));
  }

  async #beginWish(person: PeopleAsk): Promise<void> {
    const { random, world } = this;
    if (random.chance(0.3)) await person.begin();
    else if (world.project.watchesFiles && random.chance(0.5)) this.#drop();
    else if (random.chance(0.05)) {
      await world.readLog();
      const beforeMs = world.at - random.below(6 * hourMs);
      world.purges.push({ beforeMs, sensors: await world.storage.listCursors("sensor/") });
      await world.storage.purge({ beforeMs });
      world.note("old records are removed");
    }
  }

  #drop(): void {
    const { random, world } = this;
    const name = random.pick(["a.csv", "b.csv", "c.csv", "empty.csv"]) as string;
    const path = join(world.root, "inbox", name);
    writeFileSync(path, name === "empty.csv" ? "" : "x".repeat(1 + random.below(50)));
    utimesSync(path, world.at / 1000, world.at / 1000);
    world.note(`${name} is dropped`);
  }

  #outcome(): Outcome {
    const { random } = this;
    const fault = (): DatabaseFault => {
      const kind = random.pick(["within", "after", "unheard", "unmade"]);
      return kind === "within" ? { kind, statement: random.below(12) } : { kind };
    };
    if (random.chance(this.#crashShare))
      return {
        kind: "crash",
        when: random.pick<"before" | "after" | DatabaseFault>(["before", "after", fault()]),
      };
    if (random.chance(this.#faultShare)) return { kind: "fault", fault: fault() };
    return { kind: "well" };
  }

  #passTime(): void {
    const { random, world } = this;
    if (random.chance(0.3)) world.at += random.below(10_000);
    if (random.chance(0.02)) world.at += random.below(20 * minuteMs);
    if (random.chance(0.004)) world.at += random.below(9 * hourMs);
    if (random.chance(0.003)) {
      world.latestAt = Math.max(world.latestAt, world.at + 3 * minuteMs);
      world.at -= random.below(2 * hourMs);
      world.note("the clock is put back");
    }
    if (random.chance(0.01)) {
      const daemon = random.pick(this.daemons);
      if (daemon !== undefined) daemon.skewMs = random.below(6 * minuteMs) - 3 * minuteMs;
    }
    if (random.chance(0.01)) this.#asleep.add(random.pick(this.#actors()) as Actor);
    if (random.chance(0.02)) this.#asleep.clear();
    this.#latestAt = Math.max(this.#latestAt, world.at + 3 * minuteMs);
  }
}
