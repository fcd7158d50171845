import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";

/** How a step came out, as far as others depend on it. */
export interface StepOutcome {
  readonly status: "success" | "failure" | "canceled";
  /** Blocking checks that did not pass. */
  readonly failedBlocking: readonly CheckKey[];
  /** Assets that it might have made and did not. */
  readonly unmade: readonly AssetKey[];
}

export interface SkippedStep {
  readonly step: PlannedStep;
  readonly reason: string;
}

/** Which steps may start, in the order of the plan, and which never will. */
export class StepSchedule {
  readonly #followers = new Map<string, PlannedStep[]>();
  readonly #waiting = new Map<string, number>();
  readonly #ready: PlannedStep[] = [];
  readonly #skipped = new Set<string>();
  readonly #made = new Set<AssetKey>();
  readonly #unmade = new Set<AssetKey>();
  readonly #limits: RunPlan["pools"];
  /** Steps of each pool that are running. */
  readonly #inPool = new Map<string, number>();
  #left: number;

  constructor({ steps, pools }: Pick<RunPlan, "steps" | "pools">) {
    this.#left = steps.length;
    this.#limits = pools;
    for (const step of steps) {
      this.#waiting.set(step.key, step.after.length);
      if (step.after.length === 0) this.#ready.push(step);
      for (const before of step.after) {
        const followers = this.#followers.get(before);
        if (followers === undefined) this.#followers.set(before, [step]);
        else followers.push(step);
      }
    }
  }

  /** Steps that have neither ended nor been skipped. */
  get left(): number {
    return this.#left;
  }

  /** The next step that may start and whose pools have room; each is given once. */
  take(): PlannedStep | undefined {
    const place = this.#ready.findIndex((step) => this.#hasRoom(step));
    const step = this.#ready[place];
    if (step === undefined) return undefined;
    if (place === 0) this.#ready.shift();
    else this.#ready.splice(place, 1);
    this.#use(step, 1);
    return step;
  }

  #hasRoom(step: PlannedStep): boolean {
    return poolsOf(step).every(
      (pool) => (this.#inPool.get(pool) ?? 0) < (this.#limits[pool] ?? Number.POSITIVE_INFINITY),
    );
  }

  #use(step: PlannedStep, by: 1 | -1): void {
    for (const pool of poolsOf(step)) this.#inPool.set(pool, (this.#inPool.get(pool) ?? 0) + by);
  }

  /** Notes the end of a step; gives those that are skipped because of it, nearest first. */
  end(step: PlannedStep, { status, failedBlocking, unmade }: StepOutcome): SkippedStep[] {
    this.#left--;
    this.#use(step, -1);
    for (const asset of unmade) this.#unmade.add(asset);
    for (const asset of step.assets) if (!unmade.includes(asset)) this.#made.add(asset);
    if (status !== "success") {
      const verb = status === "failure" ? "failed" : "was canceled";
      return this.#skipAfter(step, () => `upstream step \`${step.key}\` ${verb}`);
    }
    const blocked = failedBlocking.map((check) => `\`${check}\``).join(", ");
    const skipped: SkippedStep[] = [];
    for (const follower of this.#followers.get(step.key) ?? []) {
      if (this.#skipped.has(follower.key)) continue;
      if (blocked !== "" && follower.execution !== "check") {
        skipped.push(...this.#skip(follower, `blocking check ${blocked} did not pass`));
      } else {
        skipped.push(...this.#release(follower));
      }
    }
    return skipped;
  }

  #release(step: PlannedStep): SkippedStep[] {
    const waiting = (this.#waiting.get(step.key) as number) - 1;
    this.#waiting.set(step.key, waiting);
    if (waiting > 0) return [];
    const missing = step.inputs.find(({ asset }) => this.#unmade.has(asset) && !this.#made.has(asset));
    if (missing !== undefined)
      return this.#skip(step, `upstream asset \`${missing.asset}\` was not brought up to date`);
    this.#ready.push(step);
    return [];
  }

  #skip(step: PlannedStep, reason: string): SkippedStep[] {
    if (this.#skipped.has(step.key)) return [];
    this.#skipped.add(step.key);
    this.#left--;
    return [{ step, reason }, ...this.#skipAfter(step, () => reason)];
  }

  #skipAfter(step: PlannedStep, reason: () => string): SkippedStep[] {
    const skipped: SkippedStep[] = [];
    const queue = [...(this.#followers.get(step.key) ?? [])];
    for (let follower = queue.shift(); follower !== undefined; follower = queue.shift()) {
      if (this.#skipped.has(follower.key)) continue;
      this.#skipped.add(follower.key);
      this.#left--;
      skipped.push({ step: follower, reason: reason() });
      queue.push(...(this.#followers.get(follower.key) ?? []));
    }
    return skipped;
  }
}

function poolsOf({ pool, pools = [] }: PlannedStep): readonly string[] {
  return pool === undefined ? pools : [pool, ...pools];
}
