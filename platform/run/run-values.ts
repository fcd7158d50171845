import { join } from "node:path";
import type { RunId } from "../core/run.ts";
import { StepError } from "../define/step.ts";
import { fileNameOf } from "../io/asset-file.ts";
import type { KnownValue } from "./known-state.ts";
import {
  type NamedValue,
  readValue,
  readValueIndex,
  type ValueEntry,
  type ValueFileIndex,
  writeValueFile,
} from "./value-file.ts";
import type { MadeOutputs, ValueRef } from "./value-sources.ts";

/** What one step has handed on. */
export interface HandedOn {
  /** Dynamic outputs, also those without any value. */
  readonly dynamic: readonly string[];
  readonly values: readonly NamedValue[];
}

interface KeptStep {
  readonly made: MadeOutputs;
  /** Where its values stand on disk, by the key of `placeOf`. */
  readonly entries: ReadonlyMap<string, ValueEntry>;
  /** The very values, as long as somebody in this process may want them. */
  values: ReadonlyMap<string, unknown> | undefined;
}

/**
 * The values that the steps of a run hand on: in memory for this process, and in a file for each step under
 * `<folder>/<run id>` for others: a later attempt at the run, a step in a process of its own, a re-execution.
 */
export class RunValues {
  readonly #folder: string | undefined;
  readonly #runId: RunId;
  readonly #kept = new Map<string, KeptStep>();
  /** What is said to be kept, by the step that made it: what an earlier run of the line has, and the run's own. */
  readonly #known: ReadonlyMap<string, readonly KnownValue[]>;

  /** Without a folder values are in memory alone. Of several runs that have a step's values the first one counts. */
  constructor(folder: string | undefined, runId: RunId, known: readonly KnownValue[] = []) {
    this.#folder = folder;
    this.#runId = runId;
    this.#known = Map.groupBy(known, ({ step }) => step);
  }

  /** Outputs of a step that has ended well; of an earlier run's step, or an earlier attempt's, once `load` has seen it. */
  made(step: string, run?: RunId): MadeOutputs | undefined {
    return this.#kept.get(keptKey(step, run))?.made;
  }

  /** Keeps what a step that ended well hands on; gives those values that only this process can have, and why. */
  keep(step: string, { dynamic, values }: HandedOn): readonly ValueEntry[] {
    const path = this.#pathOf(step);
    const index: ValueFileIndex =
      path === undefined
        ? { dynamic, entries: values.map(({ value: _value, ...name }) => ({ ...name, at: 0, size: 0 })) }
        : writeValueFile(path, { dynamic, values });
    this.#kept.set(keptKey(step), {
      ...indexed(index),
      values: new Map(values.map((value) => [placeOf(value), value.value])),
    });
    return index.entries.filter(({ unkept }) => unkept !== undefined);
  }

  /** Looks up what another process or an earlier run has kept of a step; whether there is anything. */
  async load(step: string, run?: RunId): Promise<boolean> {
    const key = keptKey(step, run);
    if (this.#kept.has(key)) return true;
    const path = this.#pathOf(step, run);
    const index = (path === undefined ? undefined : await readValueIndex(path)) ?? this.#toldIndex(step, run);
    if (index === undefined) return false;
    this.#kept.set(key, { ...indexed(index), values: undefined });
    return true;
  }

  /** What was told of a step whose file is gone: who takes a value of it learns that it is not kept any more. */
  #toldIndex(step: string, run: RunId | undefined): ValueFileIndex | undefined {
    const home = run === undefined ? undefined : this.#homeOf(step, run);
    const told = this.#known.get(step)?.filter((value) => value.run === home) ?? [];
    if (told.length === 0) return undefined;
    const dynamic = new Set(
      told.flatMap(({ output, mappingKey }) => (mappingKey === undefined ? [] : [output])),
    );
    const entries = told.map(({ output, mappingKey }) => ({
      output,
      ...(mappingKey === undefined ? {} : { mappingKey }),
      at: 0,
      size: 0,
      isGone: true as const,
    }));
    return { dynamic: [...dynamic], entries };
  }

  /** The value itself where this process made it, else a copy. Throws StepError where it is not kept. */
  async read(ref: ValueRef): Promise<unknown> {
    const { step, run } = ref;
    await this.load(step, run);
    const kept = this.#kept.get(keptKey(step, run));
    const place = placeOf(ref);
    if (kept?.values?.has(place) === true) return kept.values.get(place);
    const entry = kept?.entries.get(place);
    const path = this.#pathOf(step, run);
    const what = `the value \`${ref.output}\` of step \`${step}\``;
    if (entry?.unkept !== undefined) {
      throw notKept(`${what} cannot leave the process that made it: ${entry.unkept}`);
    }
    if (entry === undefined || entry.isGone === true || path === undefined)
      throw notKept(`${what} is not kept any more`);
    try {
      return await readValue(path, entry);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") throw notKept(`${what} is not kept any more`);
      throw error;
    }
  }

  /** Nobody in this process wants a step's values any more; those that are on disk leave memory. */
  release(step: string): void {
    const kept = this.#kept.get(keptKey(step));
    if (kept !== undefined && this.#folder !== undefined) kept.values = undefined;
  }

  #homeOf(step: string, run: RunId): RunId {
    return this.#known.get(step)?.find((value) => value.run !== undefined)?.run ?? run;
  }

  /** The parent of a re-execution may itself have done only parts again, so that others hold the rest. */
  #pathOf(step: string, run?: RunId): string | undefined {
    if (this.#folder === undefined) return undefined;
    const home = run === undefined ? this.#runId : this.#homeOf(step, run);
    return join(this.#folder, fileNameOf(home), `${fileNameOf(step)}.values`);
  }
}

function keptKey(step: string, run?: RunId): string {
  return run === undefined ? step : `${run}/${step}`;
}

function placeOf({ output, mappingKey }: Pick<ValueRef, "output" | "mappingKey">): string {
  return mappingKey === undefined ? output : `${output}[${mappingKey}]`;
}

function indexed({
  dynamic,
  entries,
}: {
  readonly dynamic: readonly string[];
  readonly entries: readonly ValueEntry[];
}): Pick<KeptStep, "made" | "entries"> {
  const made = new Map<string, true | Set<string>>(dynamic.map((output) => [output, new Set()]));
  for (const { output, mappingKey } of entries) {
    const keys = made.get(output);
    if (keys instanceof Set && mappingKey !== undefined) keys.add(mappingKey);
    else made.set(output, true);
  }
  return { made, entries: new Map(entries.map((entry) => [placeOf(entry), entry])) };
}

function notKept(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
