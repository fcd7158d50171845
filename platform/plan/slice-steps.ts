import { canonicalJson } from "../core/canonical-json.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import type { PartitionKey, PartitionsDefinition } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import { type PartitionKeys, type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { expandPartitionSet, resolvePartitionSet } from "../partition/partition-set.ts";
import type { ChosenStep } from "./choose-steps.ts";
import type { DefinitionsIndex } from "./definitions-index.ts";
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

/** The slices of each chosen step, in the order of their partitions. Throws PlanError. */
export function sliceSteps(
  index: DefinitionsIndex,
  { steps, request, known }: { steps: readonly ChosenStep[]; request: RunRequest; known: KnownPartitions },
): Slice[][] {
  const partitioned = steps.flatMap(({ assets }) => assets).filter((asset) => asset.partitions !== undefined);
  const checked = steps
    .flatMap((step) => checkedAssets(index, step))
    .filter((asset) => asset.partitions !== undefined);
  if (request.partitions !== undefined && partitioned.length === 0 && checked.length === 0) {
    throw new PlanError(
      "not-partitioned",
      "the request names partitions and none of its assets is partitioned",
    );
  }
  if (request.partitions === undefined && partitioned[0] !== undefined) {
    throw new PlanError(
      "partition-required",
      `\`${partitioned[0].key}\` is partitioned: name the partitions to run`,
    );
  }
  if (request.partitions !== undefined && request.partitions.kind !== "all") refuseDifferent(partitioned);
  return steps.map((step) => slicesOf(index, step, { request, known }));
}

function slicesOf(
  index: DefinitionsIndex,
  step: ChosenStep,
  { request, known }: { request: RunRequest; known: KnownPartitions },
): Slice[] {
  const { name } = step.spec;
  const sources = step.assets.length > 0 ? step.assets : checkedAssets(index, step);
  const source = sources.find((asset) => asset.partitions !== undefined);
  if (source?.partitions === undefined || request.partitions === undefined) return [{ key: name, step }];
  refuseDifferent(sources.filter((asset) => asset.partitions !== undefined));
  const definition = source.partitions;
  const keys = requestedKeys(source, request.partitions, known.of(definition));
  const size = step.assets.length === 0 ? keys.length : partitionsPerStep(step.assets);
  if (keys.length <= size) return [{ key: name, step, partitions: keys, definition }];
  return Array.from({ length: Math.ceil(keys.length / size) }, (_, place) => {
    const partitions = keys.slice(place * size, (place + 1) * size);
    const label = partitions.length === 1 ? partitions[0] : `${partitions[0]}..${partitions.at(-1)}`;
    return { key: `${name}[${label}]`, step, partitions, definition };
  });
}

function requestedKeys(
  asset: Asset,
  set: NonNullable<RunRequest["partitions"]>,
  keys: PartitionKeys,
): PartitionKey[] {
  const [unknown] = resolvePartitionSet(set, keys).unknown;
  if (unknown !== undefined) {
    throw new PlanError("unknown-partition-key", `\`${asset.key}\` has no partition \`${unknown}\``);
  }
  const expanded = expandPartitionSet(set, keys);
  if (expanded.length === 0)
    throw new PlanError("unknown-partition-key", `\`${asset.key}\` has no partition yet`);
  return expanded;
}

/** The least that the policies of a step's assets allow in one step; one by one without a policy. */
function partitionsPerStep(assets: readonly Asset[]): number {
  const sizes = assets
    .filter((asset) => asset.partitions !== undefined)
    .map(({ backfillPolicy: policy }) => {
      if (policy === undefined) return 1;
      return policy.type === "single_run" ? Number.POSITIVE_INFINITY : policy.maxPartitionsPerRun;
    });
  return Math.max(1, Math.min(...sizes));
}

function checkedAssets(index: DefinitionsIndex, step: ChosenStep): Asset[] {
  return step.checks.map((check) => index.assets.get(check.asset)).filter((asset) => asset !== undefined);
}

/** Keys mean the same in two definitions that differ only in where they begin and end. */
function refuseDifferent(assets: readonly Asset[]): void {
  const [first, ...others] = assets;
  if (first?.partitions === undefined) return;
  const meaning = keyMeaning(first.partitions);
  const other = others.find(
    ({ partitions }) => partitions !== undefined && keyMeaning(partitions) !== meaning,
  );
  if (other === undefined) return;
  throw new PlanError(
    "incompatible-partitions",
    `\`${first.key}\` and \`${other.key}\` are partitioned differently: run them apart, or for all partitions`,
  );
}

function keyMeaning(definition: PartitionsDefinition): string {
  if (definition.type !== "time") return definitionText(definition);
  const { cron, timeZone, format } = definition;
  return canonicalJson({ cron, timeZone, format });
}
