import type { PlannedStep, PlannedValue } from "../core/run-plan.ts";
import { instanceKey } from "../plan/step-keys.ts";
import type { KnownState } from "./known-state.ts";
import type { RunScope } from "./run-scope.ts";
import type { StepIsolation } from "./step-isolation.ts";
import type { ScheduleNews } from "./step-schedule.ts";
import { mappingKeysOf } from "./value-sources.ts";

/** Makes events of what the schedule decides, and lets go of values that nobody takes any more. */
export class StepNews {
  readonly #run: RunScope;
  readonly #known: KnownState;
  readonly #isolation: StepIsolation | undefined;
  /** Steps that run once for each value and have begun with it, and when. */
  readonly #open = new Map<string, { readonly step: PlannedStep; readonly since: number }>();
  /** How many followers of a step, by its key, may still take its values. */
  readonly #takers = new Map<string, number>();

  constructor(
    run: RunScope,
    { known, isolation }: { readonly known: KnownState; readonly isolation: StepIsolation | undefined },
  ) {
    this.#run = run;
    this.#known = known;
    this.#isolation = isolation;
    for (const { values = [], mapOver } of run.plan.steps) {
      for (const giver of giversOf(values, mapOver)) {
        this.#takers.set(giver, (this.#takers.get(giver) ?? 0) + 1);
      }
    }
  }

  /** Tells what came of the end of a step for others. */
  tell(news: readonly ScheduleNews[]): void {
    const { emit, now } = this.#run;
    for (const one of news) {
      const { key } = one.step;
      if (one.type === "skipped") {
        const { reason, abandoned } = one;
        emit({ type: "step.skipped", step: key, reason, ...(abandoned ? { abandoned } : {}) });
        this.ended(one.step);
      } else if (one.type === "opened") {
        this.#open.set(key, { step: one.step, since: now() });
        if (one.step.isolation === "process") this.#isolation?.expect(one.instances);
        const attempt = (this.#known.steps[key]?.attempts ?? 0) + 1;
        emit({ type: "step.started", step: key, attempt });
      } else {
        this.#tellClosed(one);
        this.ended(one.step);
      }
    }
  }

  #tellClosed({ step, failed, instances }: Extract<ScheduleNews, { readonly type: "closed" }>): void {
    const { emit, now } = this.#run;
    const durationMs = now() - (this.#open.get(step.key)?.since ?? now());
    this.#open.delete(step.key);
    if (failed === 0) {
      emit({ type: "step.succeeded", step: step.key, durationMs });
      return;
    }
    const message = `${failed} of ${instances} did not end well`;
    emit({ type: "step.failed", step: step.key, error: { name: "StepInstancesError", message }, durationMs });
  }

  /** A step takes no values any more: what all its takers have done with leaves memory. */
  ended({ key, values = [], mapOver }: PlannedStep): void {
    const { planned, values: kept } = this.#run;
    // Of an instance: the others may take it as well.
    if (planned(key) === undefined) return;
    for (const giver of giversOf(values, mapOver)) {
      const left = (this.#takers.get(giver) ?? 0) - 1;
      this.#takers.set(giver, left);
      if (left > 0) continue;
      kept.release(giver);
      const over = planned(giver)?.mapOver;
      const keys =
        over === undefined
          ? undefined
          : mappingKeysOf(over, { made: (step, run) => kept.made(step, run), planned });
      for (const mappingKey of keys ?? []) kept.release(instanceKey(giver, mappingKey));
    }
  }

  /** What has begun and not come to its end was cancelled. */
  close(): void {
    const { emit, now } = this.#run;
    for (const { step, since } of this.#open.values()) {
      emit({ type: "step.canceled", step: step.key, durationMs: now() - since });
    }
  }
}

/** Keys of the steps of this run that hand values to one. */
function giversOf(values: readonly PlannedValue[], mapOver: PlannedStep["mapOver"]): ReadonlySet<string> {
  const sources = [...values.flatMap(({ from }) => from), ...(mapOver === undefined ? [] : [mapOver])];
  return new Set(sources.flatMap(({ step, run }) => (run === undefined ? [step] : [])));
}
