import { nextRetry } from "../../../platform/automation/next-retry.ts";
import type { AssetKey } from "../../../platform/core/asset-key.ts";
import type { DefinitionsSnapshot } from "../../../platform/core/definitions-snapshot.ts";
import type { PartitionSet } from "../../../platform/core/partitions.ts";
import { isTerminal } from "../../../platform/core/run.ts";
import { InstanceError } from "../../../platform/instance/instance-error.ts";
import { readSwitches, writeSwitch } from "../../../platform/instance/instigator-switches.ts";
import { sensorsOf } from "../../../platform/instance/instigators.ts";
import { plannedRun } from "../../../platform/instance/record-run.ts";
import { runAgain } from "../../../platform/instance/run-again.ts";
import type { Actor } from "./actor.ts";
import { dynamicName } from "./random-project.ts";
import { cancelRun, type World } from "./world.ts";

/** Somebody who asks for runs, cancels, retries, switches things on and off, and adds partitions. */
export class PeopleAsk {
  readonly actor: Actor;
  readonly #world: World;
  #keys = 0;

  constructor(world: World, name: string) {
    this.#world = world;
    this.actor = world.actor(name);
  }

  /** Begins one of these; one that fails is not tried again. */
  async begin(): Promise<void> {
    const { random } = this.#world;
    const wish = random.pick([
      () => this.#materialize(),
      () => this.#materialize(),
      () => this.#materialize(),
      () => this.#addPartition(),
      () => this.#switch(),
      () => this.#cancel(),
      () => this.#retry(),
    ]);
    await this.actor.begin(wish);
  }

  /** Everything that definitions or people switched off. */
  async switchAllOn(): Promise<void> {
    const { storage, at } = this.#world;
    const { definitions } = this.#newest();
    const switches = await readSwitches(storage);
    for (const { name, defaultStatus } of [...definitions.schedules, ...sensorsOf({ definitions })])
      if ((switches.get(name)?.status ?? defaultStatus) === "stopped")
        await writeSwitch(storage, name, { status: "running", at });
  }

  #newest(): DefinitionsSnapshot {
    return this.#world.project.versions.at(-1) as DefinitionsSnapshot;
  }

  async #materialize(): Promise<void> {
    const world = this.#world;
    const { random, project } = world;
    const snapshot = this.#newest();
    const asset = random.pick(project.sources) as AssetKey;
    const definition = snapshot.definitions.assets.find(({ key }) => key === asset)?.partitions;
    const known = definition?.type === "static" ? definition.keys : world.addedKeys.map(({ key }) => key);
    const key = definition === undefined ? undefined : random.pick(known);
    if (definition !== undefined && key === undefined) return;
    const partitions: PartitionSet | undefined =
      key === undefined ? undefined : { kind: "keys", keys: [key] };
    const storage = this.actor.storage();
    const ask = String(world.asked.length + world.unanswered.length);
    const place = world.unanswered.push(ask) - 1;
    const run = await plannedRun(this.#recording(storage), {
      snapshot,
      request: { assets: [asset], tags: { ask }, ...(partitions === undefined ? {} : { partitions }) },
      id: world.nextRunId(),
    });
    const { id } = await storage.createRun(run);
    world.unanswered[place] = `answered ${ask}`;
    world.asked.push(id);
    world.note(`${id} is asked for: ${asset} ${key ?? ""}`);
  }

  async #addPartition(): Promise<void> {
    const world = this.#world;
    this.#keys += 1;
    const key = `${this.actor.name}${this.#keys}`;
    const after = world.ticks.length;
    await this.actor.storage().addPartitions(dynamicName, [key], world.at);
    world.addedKeys.push({ key, after });
    world.note(`${key} is added`);
  }

  async #switch(): Promise<void> {
    const { random, at } = this.#world;
    const { definitions } = this.#newest();
    const one = random.pick([...definitions.schedules, ...sensorsOf({ definitions })]);
    if (one === undefined) return;
    const status = random.chance(0.6) ? "running" : "stopped";
    this.#world.note(`${one.name} is to be ${status}`);
    await writeSwitch(this.actor.storage(), one.name, { status, at });
  }

  async #cancel(): Promise<void> {
    const { random, storage, at } = this.#world;
    const id = random.pick((await storage.unfinishedRuns()).toSorted());
    if (id !== undefined) await cancelRun(this.actor.storage(), id, at);
  }

  /** As the retrier does: by a key of which there is one run. */
  async #retry(): Promise<void> {
    const world = this.#world;
    const storage = this.actor.storage();
    const failed = await storage.listRuns({ status: ["failure"], limit: 10 });
    const run = world.random.pick(failed);
    if (run === undefined || !isTerminal(run.status)) return;
    const line = await storage.childRuns(run.request.reexecution?.root ?? run.id);
    const next = nextRetry(run, line, {
      retryPolicy: { maxRetries: 2, strategy: "from_failure", onStepFailure: true },
    });
    if (next === undefined) return;
    const automatic = { id: world.nextRunId(), runKey: `retry:${run.id}:${next.number}` };
    await runAgain(this.#recording(storage), {
      snapshot: this.#newest(),
      run,
      retry: { strategy: next.policy.strategy },
      automatic,
    }).catch((error: unknown) => {
      // What it was to do was removed, or all is done.
      if (!(error instanceof InstanceError)) throw error;
    });
  }

  #recording(storage: ReturnType<Actor["storage"]>) {
    const now = () => Temporal.Instant.fromEpochMilliseconds(this.#world.at);
    return { root: this.#world.root, storage, commit: async () => undefined, now };
  }
}
