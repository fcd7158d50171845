import type { PlannedStep } from "../core/run-plan.ts";

export const durationModels = ["p50", "p95", "history"] as const;
/** How long a step takes: a percentile of how long it took, or what it took time after time. */
export type DurationModel = (typeof durationModels)[number];

/** A step that never ran takes so long. */
export const unknownStepMs = 60_000;

/** How long steps take, from how long they took. */
export class ModelledDurations {
  readonly #known: { readonly [step: string]: readonly number[] };
  readonly #model: DurationModel;
  readonly #lengths = new Map<string, number>();
  readonly #replayed = new Map<string, number>();
  readonly #unknown = new Set<string>();

  /** `known`: milliseconds by the step's name, the newest first. */
  constructor(known: { readonly [step: string]: readonly number[] }, model: DurationModel) {
    this.#known = known;
    this.#model = model;
  }

  /** Names of steps that were asked about and never ran. */
  get unknown(): ReadonlySet<string> {
    return this.#unknown;
  }

  /** At least one millisecond. What `history` replays begins again when it is used up. */
  of({ step }: Pick<PlannedStep, "step">): number {
    const known = this.#known[step] ?? [];
    if (known.length === 0) {
      this.#unknown.add(step);
      return unknownStepMs;
    }
    if (this.#model === "history") return this.#next(step, known);
    let length = this.#lengths.get(step);
    if (length === undefined) {
      length = atLeastOne(percentile(known, this.#model === "p50" ? 0.5 : 0.95));
      this.#lengths.set(step, length);
    }
    return length;
  }

  /** Oldest first, as it happened. */
  #next(step: string, known: readonly number[]): number {
    const place = this.#replayed.get(step) ?? 0;
    this.#replayed.set(step, (place + 1) % known.length);
    return atLeastOne(known[known.length - 1 - place] as number);
  }
}

/** The smallest value that at least such a share does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

function atLeastOne(ms: number): number {
  return Math.max(1, Math.round(ms));
}
