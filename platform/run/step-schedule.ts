import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { PlannedSource, PlannedStep, RunPlan } from "../core/run-plan.ts";
import { instanceKey } from "../plan/step-keys.ts";
import { type KnownState, nothingKnown } from "./known-state.ts";
import { ReadyQueue } from "./ready-queue.ts";
import { type EndStatus, isBad, ScheduleNode } from "./schedule-node.ts";
import { mappingKeysOf, sourceValues, type ValueIndex } from "./value-sources.ts";

/** How a step came out, as far as others depend on it. */
export interface StepOutcome {
  readonly status: "success" | "failure" | "canceled";
  /** Blocking checks that did not pass. */
  readonly failedBlocking: readonly CheckKey[];
  /** Assets that it might have made and did not. */
  readonly unmade: readonly AssetKey[];
}

/** What came of the end of a step, for others. */
export type ScheduleNews =
  | {
      readonly type: "skipped";
      readonly step: PlannedStep;
      readonly reason: string;
      /** Whether something before it did not end well. */
      readonly abandoned: boolean;
    }
  /** A step that runs once for each value begins with its instances, or has come to the end of the last. */
  | { readonly type: "opened"; readonly step: PlannedStep; readonly instances: number }
  | {
      readonly type: "closed";
      readonly step: PlannedStep;
      readonly instances: number;
      readonly failed: number;
    };

/** A step that may run now; of one that runs once for each value an instance, with a key of its own. */
export type ScheduledStep = Pick<ScheduleNode, "step" | "mappingKey">;

export interface ScheduleOptions {
  readonly known?: KnownState;
  /** Which values there are; of ended steps it must know them before their end is told. */
  readonly values?: Pick<ValueIndex, "made">;
}

/**
 * Which steps may start, and which never will (spec/execution.md §1.3): a step is looked at when all before it have
 * ended. It is skipped when an input lacks its every value though those who make it went well, abandoned when one
 * before it did not, and started otherwise.
 */
export class StepSchedule {
  readonly #nodes = new Map<string, ScheduleNode>();
  readonly #order: readonly ScheduleNode[];
  readonly #ready = new ReadyQueue<ScheduleNode>();
  readonly #made = new Set<AssetKey>();
  readonly #unmade = new Set<AssetKey>();
  readonly #limits: RunPlan["pools"];
  /** Slots of each pool that running steps have taken. */
  readonly #taken = new Map<string, number>();
  readonly #known: KnownState;
  readonly #values: ValueIndex;
  /** What is left to do of a change: a chain of ends must not become a chain of calls. */
  readonly #work: (() => void)[] = [];
  #news: ScheduleNews[] = [];
  #left = 0;

  constructor({ steps, pools }: Pick<RunPlan, "steps" | "pools">, options: ScheduleOptions = {}) {
    this.#limits = pools;
    this.#known = options.known ?? nothingKnown;
    this.#values = {
      made: (step, run) => options.values?.made(step, run),
      planned: (step) => this.#nodes.get(step)?.step,
    };
    this.#order = steps.map((step, place) => new ScheduleNode(step, { place }));
    this.#left = steps.length;
    for (const node of this.#order) this.#nodes.set(node.step.key, node);
    for (const node of this.#order) node.follow(this.#nodes);
  }

  /** Steps that have neither ended nor been skipped. */
  get left(): number {
    return this.#left;
  }

  /** Looks at the steps that wait for nothing; called once, before any other. */
  begin(): ScheduleNews[] {
    for (const node of this.#order) if (node.waiting === 0) this.#work.push(() => this.#settle(node));
    return this.#settled();
  }

  /** The next step that may start and whose pools have room. */
  take(accepts?: (step: PlannedStep) => boolean): ScheduledStep | undefined {
    const node = this.#ready.take(
      (pool) => (this.#limits[pool] ?? Number.POSITIVE_INFINITY) - (this.#taken.get(pool) ?? 0),
      accepts === undefined ? undefined : ({ step }) => accepts(step),
    );
    if (node !== undefined) this.#use(node, 1);
    return node;
  }

  /** Gives back what a taken step has of its pools, as between two attempts. */
  pause(scheduled: ScheduledStep): void {
    this.#use(scheduled as ScheduleNode, -1);
  }

  /** A paused step may start again. */
  resume(scheduled: ScheduledStep): void {
    this.#ready.push(scheduled as ScheduleNode);
  }

  #use(node: ScheduleNode, by: 1 | -1): void {
    for (const [pool, slots] of node.pools) this.#taken.set(pool, (this.#taken.get(pool) ?? 0) + by * slots);
  }

  /** Notes the end of a taken or paused step, nearest consequences first; its pools are given back by `pause`. */
  end(scheduled: ScheduledStep, { status, failedBlocking, unmade }: StepOutcome): ScheduleNews[] {
    this.#finish(scheduled as ScheduleNode, status, { failedBlocking, unmade });
    return this.#settled();
  }

  #settled(): ScheduleNews[] {
    for (let at = 0; at < this.#work.length; at++) this.#work[at]?.();
    this.#work.length = 0;
    const news = this.#news;
    this.#news = [];
    return news;
  }

  /** Decides about a step before which all have ended. */
  #settle(node: ScheduleNode): void {
    const known = this.#known.steps[node.step.key];
    if (known?.end === "skipped" || known?.end === "abandoned") {
      this.#finish(node, known.end, { reason: known.reason ?? "" });
      return;
    }
    if (known?.end !== undefined && !node.isTemplate) {
      const unmade = node.step.skippable.filter((asset) => !known.made.includes(asset));
      this.#finish(node, known.end, { failedBlocking: known.failedBlocking, unmade });
      return;
    }
    const missing = this.#missing(node);
    if (missing !== undefined) this.#skip(node, "skipped", missing);
    else if (node.bad !== undefined) this.#skip(node, "abandoned", node.bad);
    else if (node.isTemplate) this.#open(node);
    else this.#ready.push(node);
  }

  /** Why a step has nothing to work on, if so. */
  #missing(node: ScheduleNode): string | undefined {
    const { step, mappingKey } = node;
    for (const { name, from } of step.values ?? []) {
      // Values that come with each instance are looked at there.
      if (node.isTemplate && from.some((source) => isOwnValue(source, step))) continue;
      const isMissing = from.every(
        (source) =>
          !this.#endedBadly(source, mappingKey) &&
          sourceValues(source, mappingKey, this.#values).kind === "missing",
      );
      if (isMissing) return `no value came for its input \`${name}\``;
    }
    if (this.#unmade.size === 0) return undefined;
    const input = step.inputs.find(({ asset }) => this.#unmade.has(asset) && !this.#made.has(asset));
    return input && `upstream asset \`${input.asset}\` was not brought up to date`;
  }

  #endedBadly(source: PlannedSource, mappingKey: string | undefined): boolean {
    if (source.run !== undefined) return false;
    const giver = this.#nodes.get(source.step);
    const own = mappingKey === undefined ? undefined : giver?.instances?.get(mappingKey);
    return isBad((source.take === "one" && own !== undefined ? own : giver)?.status);
  }

  #skip(node: ScheduleNode, status: "skipped" | "abandoned", reason: string): void {
    this.#news.push({ type: "skipped", step: node.step, reason, abandoned: status === "abandoned" });
    this.#finish(node, status, { reason });
  }

  #open(node: ScheduleNode): void {
    const { step } = node;
    const keys = mappingKeysOf(step.mapOver as NonNullable<PlannedStep["mapOver"]>, this.#values);
    if (keys === undefined) throw new Error(`the values that ${step.key} runs over are not known`);
    const chosen =
      step.mappingKeys === undefined ? keys : keys.filter((key) => step.mappingKeys?.includes(key));
    const isKnown = this.#known.steps[step.key]?.end !== undefined;
    if (!isKnown) this.#news.push({ type: "opened", step, instances: chosen.length });
    const instances = chosen.map((mappingKey, turn): [string, ScheduleNode] => [
      mappingKey,
      new ScheduleNode(
        { ...step, key: instanceKey(step.key, mappingKey) },
        { place: node.place, turn, mappingKey, template: node },
      ),
    ]);
    node.instances = new Map(instances);
    node.running = instances.length;
    this.#left += instances.length;
    for (const [mappingKey, instance] of instances) {
      for (const before of node.alongside) instance.waitFor(before.instances?.get(mappingKey));
      if (instance.waiting === 0) this.#work.push(() => this.#settle(instance));
    }
    for (const { node: follower, alongside } of node.followers) if (alongside) this.#tell(follower, node);
    if (instances.length === 0) this.#work.push(() => this.#close(node));
  }

  /** All instances have ended. */
  #close(node: ScheduleNode): void {
    const instances = [...(node.instances?.values() ?? [])];
    const count = (...statuses: EndStatus[]) =>
      instances.filter(({ status }) => status !== undefined && statuses.includes(status)).length;
    const failed = count("failure");
    const isCut = count("canceled") > 0;
    if (this.#known.steps[node.step.key]?.end === undefined && !isCut) {
      this.#news.push({
        type: "closed",
        step: node.step,
        instances: instances.length,
        failed: failed + count("abandoned"),
      });
    }
    const failedBlocking = instances.flatMap((instance) => instance.failedBlocking);
    const isGood = failed + count("abandoned", "canceled") === 0;
    this.#finish(node, isGood ? "success" : isCut ? "canceled" : "failure", { failedBlocking });
  }

  #finish(
    node: ScheduleNode,
    status: EndStatus,
    {
      reason,
      failedBlocking = [],
      unmade,
    }: { reason?: string; failedBlocking?: readonly CheckKey[]; unmade?: readonly AssetKey[] },
  ): void {
    const { step, mappingKey, template } = node;
    node.status = status;
    node.failedBlocking = failedBlocking;
    node.reason = reason;
    this.#left--;
    // What was abandoned keeps others back by itself.
    for (const asset of status === "skipped" ? step.assets : (unmade ?? [])) this.#unmade.add(asset);
    if (status !== "skipped" && status !== "abandoned") {
      for (const asset of step.assets) if (unmade?.includes(asset) !== true) this.#made.add(asset);
    }
    if (template === undefined) {
      // Those alongside were told when it opened.
      for (const { node: follower, alongside } of node.followers) {
        if (!alongside || node.instances === undefined) this.#tell(follower, node);
      }
      return;
    }
    for (const { node: follower, alongside } of template.followers) {
      const own = alongside ? follower.instances?.get(mappingKey as string) : undefined;
      if (own !== undefined) this.#tell(own, node);
    }
    template.running--;
    if (template.running === 0) this.#work.push(() => this.#close(template));
  }

  #tell(follower: ScheduleNode, before: ScheduleNode): void {
    follower.hear(before);
    if (follower.waiting === 0) this.#work.push(() => this.#settle(follower));
  }
}

/** Whether a source gives each instance of the step its own value. */
function isOwnValue(source: PlannedSource, { mapOver }: PlannedStep): boolean {
  if (mapOver === undefined || source.take !== "one") return false;
  return source.mapOver !== undefined || (source.step === mapOver.step && source.output === mapOver.output);
}
