import { expect, test } from "vitest";
import type { AssetKey, CheckKey } from "../../platform/core/asset-key.ts";
import type { RunEventBody } from "../../platform/core/event.ts";
import type { PlannedStep } from "../../platform/core/run-plan.ts";
import { FactsMirror } from "../../platform/instance/facts-mirror.ts";
import { openSqliteStorage } from "../../platform/storage/open-sqlite-storage.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import { type Random, randomOf } from "../automation/random-history.ts";
import { asset, checkOf, evaluated, materialized, newRun, planOf, runId } from "../storage/stored-runs.ts";

const assets = ["a", "b", "c"].map(asset);
const partitions = ["", "x", "y"];
const checks = ["a:ok", "b:ok"].map(checkOf);
const checksOf = (key: AssetKey): readonly CheckKey[] =>
  checks.filter((check) => check.startsWith(`${key}:`));

function stepsOf(random: Random): Partial<PlannedStep>[] {
  return assets
    .filter(() => random.chance(0.6))
    .map((key) => {
      const partition = random.pick(partitions);
      return {
        key,
        assets: [key],
        checks: checksOf(key).filter(() => random.chance(0.7)),
        ...(partition === "" ? {} : { partitions: [partition] }),
      };
    });
}

const failure: RunEventBody = { type: "run.failed", error: { name: "Error", message: "no" } };

/** A story of runs that are planned, go on side by side, and end in every way. */
class Story {
  readonly #random: Random;
  readonly #storage: Storage;
  readonly #going: {
    readonly id: string;
    readonly steps: Partial<PlannedStep>[];
    epoch: number;
    seq: number;
  }[] = [];
  #count = 0;
  #at = 10_000;

  constructor(random: Random, storage: Storage) {
    this.#random = random;
    this.#storage = storage;
  }

  async step(): Promise<void> {
    const random = this.#random;
    const run = this.#going.length === 0 || random.chance(0.3) ? undefined : random.pick(this.#going);
    if (run === undefined) return await this.#plan();
    if (run.epoch === 0) {
      run.epoch = await this.#storage.startAttempt(runId(run.id), ++this.#at);
      return await this.#tell(run, { type: "run.started" });
    }
    const step = run.steps.pop();
    if (step === undefined || random.chance(0.2)) {
      this.#going.splice(this.#going.indexOf(run), 1);
      return await this.#tell(run, random.chance(0.4) ? failure : { type: "run.succeeded" });
    }
    const [key] = step.assets ?? [];
    await this.#tell(run, { type: "step.started", step: key as string, attempt: 1 } as RunEventBody);
    await this.#tell(run, materialized(key as string, step.partitions?.[0] ?? null));
    for (const check of step.checks ?? []) await this.#tell(run, evaluated(check, random.chance(0.5)));
  }

  async #plan(): Promise<void> {
    const id = `r${String(++this.#count).padStart(4, "0")}`;
    const steps = stepsOf(this.#random);
    const request = { assets: steps.flatMap((step) => step.assets ?? []), tags: { number: id } };
    await this.#storage.createRun(newRun(id, { status: "queued", plan: planOf(steps), request }));
    this.#going.push({ id, steps: [...steps], epoch: 0, seq: 0 });
  }

  async #tell(
    run: { readonly id: string; readonly epoch: number; seq: number },
    body: RunEventBody,
  ): Promise<void> {
    run.seq += 1;
    const event = { runId: runId(run.id), epoch: run.epoch, seq: run.seq, at: ++this.#at, ...body };
    await this.#storage.appendEvents([event]);
  }
}

/** All that can be asked of the facts. */
function shown({ facts }: FactsMirror) {
  const known = assets.map((key) =>
    [...(facts.asset(key)?.partitions ?? [])]
      // One that nothing is known of is as good as absent.
      .filter(([, { materialized: made, failed, inRun }]) => made !== undefined || failed || inRun)
      .toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
  const runs = known.flat().map(([, { materialized: made }]) => made?.runId);
  return {
    cursor: facts.cursor,
    known,
    checks: checks.map((key) => {
      const { evaluated: answer, inRun = false } = facts.check(key) ?? {};
      return { answer, inRun };
    }),
    tags: runs.map((id) => (id === undefined ? undefined : facts.run(id)?.tags["number"])),
    updates: assets.flatMap((key) => partitions.map((partition) => facts.updatesSince(key, partition, 0))),
  };
}

test.for(Array.from({ length: 60 }, (_, seed) => seed + 1))(
  "facts that are followed are those that are read anew, story %i",
  async (seed) => {
    const random = randomOf(seed);
    await using storage = await openSqliteStorage(":memory:");
    const story = new Story(random, storage);
    const mirror = new FactsMirror(storage, { since: 0, checksOf });
    for (let step = 0; step < 40; step++) {
      await story.step();
      if (random.chance(0.5)) continue;
      const before = new Map(
        assets.map((key) => [key, JSON.stringify([...(mirror.facts.asset(key)?.partitions ?? [])])]),
      );
      const changed = await mirror.refresh();
      const anew = new FactsMirror(storage, { since: 0, checksOf });
      await anew.refresh();
      expect(shown(mirror)).toEqual(shown(anew));
      for (const [key, text] of before)
        if (JSON.stringify([...(mirror.facts.asset(key)?.partitions ?? [])]) !== text)
          expect(changed).toContain(key);
    }
  },
);

test("a refresh reads no more for a thousand assets than for one", async () => {
  await using storage = await openSqliteStorage(":memory:");
  let reads = 0;
  const counting = new Proxy(storage, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...given: unknown[]) => unknown;
      return (...given: unknown[]) => {
        reads += 1;
        return method.apply(target, given);
      };
    },
  });
  const mirror = new FactsMirror(counting, { checksOf: () => [] });
  await mirror.refresh();
  const keys = Array.from({ length: 1000 }, (_, index) => `asset${index}`);
  const plan = planOf(keys.map((key) => ({ key, assets: [asset(key)] })));
  await storage.createRun(newRun("r1", { plan }));
  const epoch = await storage.startAttempt(runId("r1"), 1);
  await storage.appendEvents(
    keys.map((key, index) => ({ runId: runId("r1"), epoch, seq: index + 1, at: 2, ...materialized(key) })),
  );
  reads = 0;
  const changed = await mirror.refresh();
  expect(changed.size).toBe(1000);
  expect(reads).toBeLessThan(8);
});
