import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { EntityKey } from "./automation-facts.ts";

/** What a run is to bring up to date: a partition ("": the unpartitioned asset) of an asset, or a check. */
export interface RunPart {
  readonly key: EntityKey;
  readonly partition: string;
  readonly isCheck?: true;
}

export function plannedParts({ steps }: Pick<RunPlan, "steps">): RunPart[] {
  return steps.flatMap(({ assets, checks, partitions = [""] }) => [
    ...assets.flatMap((key) => partitions.map((partition) => ({ key, partition }))),
    ...checks.map((key) => ({ key, partition: "", isCheck: true as const })),
  ]);
}

/** The parts that runs in progress have still to do, and which run was planned last for each. */
export class RunParts {
  readonly #left = new Map<RunId, Map<string, RunPart>>();
  readonly #runsOf = new Map<string, Set<RunId>>();
  readonly #last = new Map<string, RunId>();

  get runs(): Iterable<RunId> {
    return this.#left.keys();
  }

  has(run: RunId): boolean {
    return this.#left.has(run);
  }

  add(run: RunId, parts: readonly RunPart[]): void {
    const left = new Map(parts.map((part) => [textOf(part), part]));
    this.#left.set(run, left);
    for (const text of left.keys()) {
      const runs = this.#runsOf.get(text);
      if (runs === undefined) this.#runsOf.set(text, new Set([run]));
      else runs.add(run);
    }
    for (const part of parts) this.planned(run, part);
  }

  /** Notes which run was planned last; ids of runs rise with time. */
  planned(run: RunId, part: RunPart): void {
    const text = textOf(part);
    if (run > (this.#last.get(text) ?? "")) this.#last.set(text, run);
  }

  /** Whether the run was still to do it. */
  done(run: RunId, part: RunPart): boolean {
    const text = textOf(part);
    if (this.#left.get(run)?.delete(text) !== true) return false;
    this.#forget(text, run);
    return true;
  }

  /** What the run leaves undone. */
  end(run: RunId): RunPart[] {
    const left = this.#left.get(run);
    this.#left.delete(run);
    for (const text of left?.keys() ?? []) this.#forget(text, run);
    return [...(left?.values() ?? [])];
  }

  isInRun(part: RunPart): boolean {
    return this.#runsOf.has(textOf(part));
  }

  /** Whether no other run was planned for it later. */
  isLast(run: RunId, part: RunPart): boolean {
    return (this.#last.get(textOf(part)) ?? run) <= run;
  }

  #forget(text: string, run: RunId): void {
    const runs = this.#runsOf.get(text);
    runs?.delete(run);
    if (runs?.size === 0) this.#runsOf.delete(text);
  }
}

function textOf({ key, partition }: RunPart): string {
  return `${key}\n${partition}`;
}
