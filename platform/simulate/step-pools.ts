import type { PlannedStep } from "../core/run-plan.ts";
import type { SimulatedRun } from "./simulated-run.ts";

interface WaitingStep {
  readonly run: SimulatedRun;
  readonly step: PlannedStep;
  readonly slots: readonly (readonly [pool: string, slots: number])[];
  start(): void;
}

/** Slots of pools that steps take, all or none; who lacks one waits, and others go first meanwhile. */
export class StepPools {
  /** Limits that people set, which go before those of a plan. */
  readonly #limits: { readonly [pool: string]: number };
  readonly #used = new Map<string, number>();
  #waiting: WaitingStep[] = [];

  constructor(limits: { readonly [pool: string]: number }) {
    this.#limits = limits;
  }

  /** Calls `start` as soon as there is room for the step. */
  claim(run: SimulatedRun, step: PlannedStep, start: () => void): void {
    const waiting: WaitingStep = { run, step, slots: slotsOf(run, step), start };
    if (this.#hasRoom(waiting)) this.#start(waiting);
    else this.#waiting.push(waiting);
  }

  release(run: SimulatedRun, step: PlannedStep): void {
    const slots = slotsOf(run, step);
    if (slots.length === 0) return;
    for (const [pool, count] of slots) this.#used.set(pool, (this.#used.get(pool) ?? 0) - count);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const one of waiting) {
      if (one.run.hasEnded) continue;
      if (this.#hasRoom(one)) this.#start(one);
      else this.#waiting.push(one);
    }
  }

  #start({ slots, start }: WaitingStep): void {
    for (const [pool, count] of slots) this.#used.set(pool, (this.#used.get(pool) ?? 0) + count);
    start();
  }

  #hasRoom({ run, slots }: WaitingStep): boolean {
    return slots.every(([pool, count]) => {
      const limit = this.#limits[pool] ?? run.plan.pools[pool];
      return limit === undefined || (this.#used.get(pool) ?? 0) + count <= limit;
    });
  }
}

/** What a step takes besides the pools that its run holds as a whole. */
function slotsOf(
  run: SimulatedRun,
  { pool, poolSlots = 1, pools = [] }: PlannedStep,
): (readonly [string, number])[] {
  const taken: (readonly [string, number])[] = [
    ...(pool === undefined ? [] : [[pool, poolSlots] as const]),
    ...pools.map((name) => [name, 1] as const),
  ];
  return taken.length === 0 ? taken : taken.filter(([name]) => !run.pools.includes(name));
}
