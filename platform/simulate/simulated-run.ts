import type { QueueEntry } from "../automation/select-queued-runs.ts";
import type { RunId, RunRecord, RunRequest } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { EndedStep } from "../plan/step-keys-from-failure.ts";

/** What of a plan a simulation follows. */
export type FollowedPlan = Pick<RunPlan, "steps" | "pools" | "runPools">;

/** A run of a simulation: which of its steps have ended, and which can start. */
export class SimulatedRun implements QueueEntry<RunId> {
  readonly id: RunId;
  readonly request: RunRequest;
  readonly plan: FollowedPlan;
  readonly createdAtMs: number;
  startedAtMs: number | undefined;
  endedAtMs: number | undefined;
  status: RunRecord["status"] = "queued";
  readonly #ended = new Map<string, EndedStep>();
  /** Of steps that have not started, how many they wait for still. */
  readonly #waits = new Map<string, number>();
  readonly #after = new Map<string, PlannedStep[]>();
  readonly #going = new Map<string, PlannedStep>();

  constructor(run: Pick<RunRecord, "id" | "request" | "createdAtMs">, plan: FollowedPlan) {
    this.id = run.id;
    this.request = run.request;
    this.createdAtMs = run.createdAtMs;
    this.plan = plan;
  }

  get tags(): RunRequest["tags"] {
    return this.request.tags;
  }

  get priority(): number {
    return this.request.priority ?? 0;
  }

  get pools(): readonly string[] {
    return this.plan.runPools ?? [];
  }

  get hasEnded(): boolean {
    return this.endedAtMs !== undefined;
  }

  get stepsEnded(): readonly EndedStep[] {
    return [...this.#ended.values()];
  }

  /** Whether nothing of it is left to do. */
  get isDone(): boolean {
    return this.#going.size === 0 && this.#ended.size === this.plan.steps.length;
  }

  get hasFailed(): boolean {
    return this.#ended.values().some(({ status }) => status === "failure");
  }

  /** Begins, with steps that are done already; gives those that can start. */
  begin(done: (step: PlannedStep) => boolean = () => false): PlannedStep[] {
    const left = this.plan.steps.filter((step) => {
      if (!done(step)) return true;
      this.#ended.set(step.key, { step: step.key, status: "success" });
      return false;
    });
    const keys = new Set(left.map(({ key }) => key));
    for (const step of left) {
      const before = step.after.filter((key) => keys.has(key));
      this.#waits.set(step.key, before.length);
      for (const key of before) {
        const known = this.#after.get(key);
        if (known === undefined) this.#after.set(key, [step]);
        else known.push(step);
      }
    }
    return left.filter(({ key }) => this.#waits.get(key) === 0);
  }

  get stepsGoing(): readonly PlannedStep[] {
    return [...this.#going.values()];
  }

  startStep(step: PlannedStep): void {
    this.#going.set(step.key, step);
  }

  /** Gives the steps that can start now. What comes after a failed one is skipped. */
  endStep({ key }: PlannedStep, status: "success" | "failure"): PlannedStep[] {
    this.#going.delete(key);
    this.#ended.set(key, { step: key, status });
    const after = this.#after.get(key) ?? [];
    if (status === "failure") {
      for (const step of after) this.#abandon(step);
      return [];
    }
    return after.filter((step) => {
      const left = (this.#waits.get(step.key) as number) - 1;
      this.#waits.set(step.key, left);
      return left === 0 && !this.#ended.has(step.key);
    });
  }

  #abandon(start: PlannedStep): void {
    const queue = [start];
    for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
      if (this.#ended.has(step.key)) continue;
      this.#ended.set(step.key, { step: step.key, status: "skipped", abandoned: true });
      queue.push(...(this.#after.get(step.key) ?? []));
    }
  }
}
