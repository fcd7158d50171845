import type { RunId } from "../core/run.ts";
import type { PlannedSource, PlannedStep } from "../core/run-plan.ts";
import { instanceKey } from "../plan/step-keys.ts";

/** Outputs that a step has handed on, by name; of a dynamic one its mapping keys, in the order in which they came. */
export type MadeOutputs = ReadonlyMap<string, true | ReadonlySet<string>>;

/** One value that is there. */
export interface ValueRef {
  /** The earlier run that has it; absent for the run itself. */
  readonly run?: RunId;
  readonly step: string;
  readonly output: string;
  readonly mappingKey?: string;
}

/** What is known of who made what. */
export interface ValueIndex {
  /** `undefined` where the step has not ended well, or nothing is known of it. */
  made(step: string, run?: RunId): MadeOutputs | undefined;
  planned(step: string): PlannedStep | undefined;
}

/** The values that a source gives: one, all of those collected, or nothing where an optional one did not come. */
export type SourceValues =
  | { readonly kind: "one"; readonly ref: ValueRef }
  | { readonly kind: "all"; readonly refs: readonly ValueRef[] }
  | { readonly kind: "missing" };

const missing: SourceValues = { kind: "missing" };

/** `mappingKey` is the taker's own. Values of steps that are still to end count as missing. */
export function sourceValues(
  source: PlannedSource,
  mappingKey: string | undefined,
  index: ValueIndex,
): SourceValues {
  const { step, output, take, run, mapOver } = source;
  if (mapOver === undefined) {
    const made = index.made(step, run)?.get(output);
    const ref = { ...(run === undefined ? {} : { run }), step, output };
    if (made === undefined) return missing;
    if (made === true) return { kind: "one", ref };
    if (take === "collect")
      return { kind: "all", refs: [...made].map((key) => ({ ...ref, mappingKey: key })) };
    const isThere = mappingKey !== undefined && made.has(mappingKey);
    return isThere ? { kind: "one", ref: { ...ref, mappingKey } } : missing;
  }
  const refOf = (key: string) => instanceRef(source, key, index);
  if (take === "one") {
    const ref = mappingKey === undefined ? undefined : refOf(mappingKey);
    return ref === undefined ? missing : { kind: "one", ref };
  }
  const keys = mappingKeysOf(mapOver, index);
  if (keys === undefined) return missing;
  const refs = keys.map(refOf).filter((ref) => ref !== undefined);
  return refs.length === 0 && keys.length > 0 ? missing : { kind: "all", refs };
}

/** Mapping keys of a dynamic output; `undefined` while it is not known. */
export function mappingKeysOf(
  { step, output, run }: NonNullable<PlannedSource["mapOver"]>,
  index: ValueIndex,
): readonly string[] | undefined {
  const made = index.made(step, run)?.get(output);
  return made === undefined || made === true ? undefined : [...made];
}

/** Key of one instance and the run that has it; an instance that this run leaves out is the earlier run's. */
export function instancePlace(
  { step, run }: PlannedSource,
  mappingKey: string,
  index: Pick<ValueIndex, "planned">,
): readonly [step: string, run: RunId | undefined] {
  const planned = run === undefined ? index.planned(step) : undefined;
  const isLeftOut = planned?.mappingKeys?.includes(mappingKey) === false;
  return [instanceKey(step, mappingKey), isLeftOut ? planned?.mapOver?.run : run];
}

function instanceRef(source: PlannedSource, mappingKey: string, index: ValueIndex): ValueRef | undefined {
  const { output } = source;
  const [step, run] = instancePlace(source, mappingKey, index);
  if (index.made(step, run)?.get(output) !== true) return undefined;
  return { ...(run === undefined ? {} : { run }), step, output };
}
