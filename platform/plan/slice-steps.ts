import { canonicalJson } from "../core/canonical-json.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { PartitionKey, PartitionSet, PartitionsDefinition } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import { type PartitionKeys, type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { expandPartitionSet, resolvePartitionSet } from "../partition/partition-set.ts";
import type { ChosenStep } from "./choose-steps.ts";
import { type DefinitionsIndex, jobOf } from "./definitions-index.ts";
import { PlanError } from "./plan-error.ts";

/** One planned step to be: a chosen step, for some partitions of its assets or (none) as a whole. */
export interface Slice {
  readonly key: string;
  readonly step: ChosenStep;
  readonly partitions?: readonly PartitionKey[];
  readonly definition?: PartitionsDefinition;
}

/** Keys of definitions at the moment of the request; made once per definition. */
export class KnownPartitions {
  readonly moment: PartitionMoment;
  readonly #keys = new Map<string, PartitionKeys>();
  readonly #byObject = new WeakMap<PartitionsDefinition, PartitionKeys>();

  constructor(moment: PartitionMoment) {
    this.moment = moment;
  }

  of(definition: PartitionsDefinition): PartitionKeys {
    let keys = this.#byObject.get(definition);
    if (keys === undefined) {
      const text = definitionText(definition);
      keys = this.#keys.get(text) ?? partitionKeys(definition, this.moment);
      this.#keys.set(text, keys);
      this.#byObject.set(definition, keys);
    }
    return keys;
  }
}

/** Equal for definitions with the same meaning. */
export function definitionText(definition: PartitionsDefinition): string {
  if (definition.type !== "time") return canonicalJson(definition);
  const { cadence: _cadence, ...meaning } = definition;
  return canonicalJson(meaning);
}

/**
 * The slices of each chosen step, in the order of their partitions. Steps of one graph have the same ones. Throws
 * PlanError.
 */
export function sliceSteps(
  index: DefinitionsIndex,
  { steps, request, known }: { steps: readonly ChosenStep[]; request: RunRequest; known: KnownPartitions },
): Slice[][] {
  const units = [...Map.groupBy(steps, ({ spec }) => spec.graph ?? spec).values()].map(
    (unit): Unit => ({ steps: unit, sources: sourcesOf(index, unit, request) }),
  );
  const made = units.flatMap(({ sources }) => sources.filter(({ isMade }) => isMade));
  const isSliced = units.some(({ sources }) => sources.length > 0);
  if (request.partitions !== undefined && !isSliced) {
    throw new PlanError(
      "not-partitioned",
      "the request names partitions and none of its assets is partitioned",
    );
  }
  const [unsaid] = made.filter(({ set }) => set === undefined);
  if (unsaid !== undefined) {
    throw new PlanError(
      "partition-required",
      `\`${unsaid.name}\` is partitioned: name the partitions to run`,
    );
  }
  if (request.partitions !== undefined && request.partitions.kind !== "all") {
    refuseDifferent(made.filter(({ isOwnSet }) => !isOwnSet));
  }
  const byStep = new Map(units.flatMap((unit) => slicesOf(unit, known)));
  return steps.map((step) => byStep.get(step) as Slice[]);
}

/** Steps that are sliced alike. */
interface Unit {
  readonly steps: readonly ChosenStep[];
  /** What is partitioned among what they make, or (where that is nothing) what they check. */
  readonly sources: readonly Source[];
}

interface Source {
  /** Key of the asset, or name of the job. */
  readonly name: string;
  readonly partitions: PartitionsDefinition;
  readonly asset: Asset | undefined;
  readonly set: PartitionSet | undefined;
  /** Whether `set` was asked for this asset alone. */
  readonly isOwnSet: boolean;
  readonly isMade: boolean;
}

function sourcesOf(index: DefinitionsIndex, unit: readonly ChosenStep[], request: RunRequest): Source[] {
  const assets = unit.flatMap((step) => step.assets);
  const isMade = assets.length > 0;
  const sources = (isMade ? assets : unit.flatMap((step) => checkedAssets(index, step))).flatMap((asset) => {
    if (asset.partitions === undefined) return [];
    const own = request.slices?.[asset.key];
    const set = own ?? request.partitions;
    return [
      { name: asset.key, partitions: asset.partitions, asset, set, isOwnSet: own !== undefined, isMade },
    ];
  });
  const job = isMade || sources.length > 0 ? undefined : jobOf(index, request.job);
  if (job?.partitions === undefined) return sources;
  const { name, partitions } = job;
  return [{ name, partitions, asset: undefined, set: request.partitions, isOwnSet: false, isMade: true }];
}

function slicesOf({ steps, sources }: Unit, known: KnownPartitions): [ChosenStep, Slice[]][] {
  const [source] = sources;
  const asked = sources.filter(({ set }) => set !== undefined);
  if (source === undefined || asked.length === 0) {
    return steps.map((step) => [step, [{ key: keyOf(step), step }]]);
  }
  refuseDifferent(sources);
  const definition = source.partitions;
  const keys = unitedKeys(asked, known.of(definition));
  const size = source.isMade ? partitionsPerStep(sources) : keys.length;
  if (keys.length <= size) {
    return steps.map((step) => [step, [{ key: keyOf(step), step, partitions: keys, definition }]]);
  }
  const chunks = Array.from({ length: Math.ceil(keys.length / size) }, (_, place) => {
    const partitions = keys.slice(place * size, (place + 1) * size);
    const label = partitions.length === 1 ? partitions[0] : `${partitions[0]}..${partitions.at(-1)}`;
    return { partitions, label };
  });
  return steps.map((step) => [
    step,
    chunks.map(({ partitions, label }) => ({
      key: `${keyOf(step)}[${label}]`,
      step,
      partitions,
      definition,
    })),
  ]);
}

/** `name`, and `name#2` for the second part of a step that runs in parts. */
function keyOf({ spec, part = 1 }: ChosenStep): string {
  return part === 1 ? spec.name : `${spec.name}#${part}`;
}

/** What one step is to do for several assets it does for all of them. */
function unitedKeys(sources: readonly Source[], keys: PartitionKeys): readonly PartitionKey[] {
  const bySet = Map.groupBy(sources, ({ set }) => set as PartitionSet);
  const expanded = [...bySet].map(([set, [source]]) => requestedKeys(source as Source, set, keys));
  if (expanded.length === 1) return expanded[0] as PartitionKey[];
  return [...new Set(expanded.flat())].toSorted((a, b) => keys.indexOf(a) - keys.indexOf(b));
}

function requestedKeys({ name }: Source, set: PartitionSet, keys: PartitionKeys): PartitionKey[] {
  const [unknown] = resolvePartitionSet(set, keys).unknown;
  if (unknown !== undefined) {
    throw new PlanError("unknown-partition-key", `\`${name}\` has no partition \`${unknown}\``);
  }
  const expanded = expandPartitionSet(set, keys);
  if (expanded.length === 0) throw new PlanError("unknown-partition-key", `\`${name}\` has no partition yet`);
  return expanded;
}

/** The least that the policies of a unit's assets allow in one step; one by one without a policy. */
function partitionsPerStep(sources: readonly Source[]): number {
  const sizes = sources.map(({ asset }) => {
    const policy = asset?.backfillPolicy;
    if (policy === undefined) return 1;
    return policy.type === "single_run" ? Number.POSITIVE_INFINITY : policy.maxPartitionsPerRun;
  });
  return Math.max(1, Math.min(...sizes));
}

function checkedAssets(index: DefinitionsIndex, step: ChosenStep): Asset[] {
  return step.checks.map((check) => index.assets.get(check.asset)).filter((asset) => asset !== undefined);
}

/** Keys mean the same in two definitions that differ only in where they begin and end. */
function refuseDifferent(sources: readonly Pick<Source, "name" | "partitions">[]): void {
  const [first, ...others] = sources;
  if (first === undefined || others.length === 0) return;
  const meaning = keyMeaning(first.partitions);
  const other = others.find(({ partitions }) => keyMeaning(partitions) !== meaning);
  if (other === undefined) return;
  throw new PlanError(
    "incompatible-partitions",
    `\`${first.name}\` and \`${other.name}\` are partitioned differently: run them apart, or for all partitions`,
  );
}

function keyMeaning(definition: PartitionsDefinition): string {
  if (definition.type !== "time") return definitionText(definition);
  const { cron, timeZone, format } = definition;
  return canonicalJson({ cron, timeZone, format });
}
