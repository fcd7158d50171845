import type { AssetKey } from "../core/asset-key.ts";
import type { Asset, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { isPartitionsDefinition, type PartitionSet } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import { didYouMean } from "../core/suggest.ts";
import { parsePartitionSet } from "../partition/parse-partition-set.ts";
import { partitionKeys } from "../partition/partition-keys.ts";
import { InstanceError } from "./instance-error.ts";
import type { MaterializeRequest } from "./runs.ts";
import { selectKeys } from "./select-keys.ts";
import { quarantineHint, readyKeys, refuseUnready } from "./unready-components.ts";

/**
 * A person's request with its keys settled on a snapshot.
 *
 * Throws DefinitionsError where it needs a component that cannot run, and InstanceError where it makes no sense.
 */
export function resolveRequest(
  snapshot: DefinitionsSnapshot,
  request: MaterializeRequest,
  now: Temporal.Instant,
): RunRequest {
  const { selection, job } = targetOf(snapshot, request);
  const selected = selectKeys(snapshot, selection);
  const keys = request.skipUnready === true ? readyKeys(snapshot, selected) : selected;
  const steps = job?.steps ?? [];
  refuseUnready(snapshot, { selection, keys, steps });
  const chosen = new Set<string>(keys);
  const assets = snapshot.definitions.assets.filter(({ key }) => chosen.has(key));
  const materializable = assets.filter(({ materializable }) => materializable);
  if (materializable.length === 0 && steps.length === 0) {
    throw new InstanceError(
      "not-materializable",
      `nothing that \`${selection}\` selects can be materialized: ${listed(assets)} ${assets.length === 1 ? "is" : "are"} external`,
      quarantineHint(snapshot),
    );
  }
  const partitions = partitionsOf(materializable, request.partition, now);
  return {
    assets: materializable.map(({ key }) => key),
    tags: { ...job?.tags, ...request.tags },
    ...(steps.length === 0 ? {} : { steps }),
    ...(partitions === undefined ? {} : { partitions }),
    ...(job === undefined ? {} : { job: job.name }),
    ...(job?.config === undefined ? {} : { config: job.config }),
  };
}

function targetOf({ definitions }: DefinitionsSnapshot, { target }: MaterializeRequest) {
  if ("selection" in target) return { selection: target.selection, job: undefined };
  const job = definitions.jobs.find(({ name }) => name === target.job);
  if (job !== undefined) return { selection: job.selection, job };
  const names = definitions.jobs.map(({ name }) => name);
  throw new InstanceError(
    "nothing-selected",
    `there is no job \`${target.job}\``,
    didYouMean(target.job, names),
  );
}

function partitionsOf(
  assets: readonly Asset[],
  text: string | undefined,
  now: Temporal.Instant,
): PartitionSet | undefined {
  const partitioned = assets.find(({ partitions }) => partitions !== undefined);
  if (partitioned === undefined) {
    if (text === undefined) return undefined;
    throw new InstanceError(
      "invalid-partition",
      assets.length === 0
        ? "nothing that is asked for is partitioned"
        : `${listed(assets)} ${assets.length === 1 ? "is" : "are"} not partitioned`,
      "leave the partition out",
    );
  }
  if (text === undefined) {
    throw new InstanceError(
      "invalid-partition",
      `\`${partitioned.key}\` is partitioned: name the partitions`,
      "such as a key, `first..last`, `latest` or `all`",
    );
  }
  if (!isPartitionsDefinition(partitioned.partitions))
    throw new Error(`${partitioned.key} has partitions of no known kind`);
  const parsed = parsePartitionSet(text, partitionKeys(partitioned.partitions, { now }));
  if ("set" in parsed) return parsed.set;
  throw new InstanceError(
    "invalid-partition",
    `the partition \`${text}\` of \`${partitioned.key}\`: ${parsed.reason}`,
    parsed.hint,
  );
}

function listed(assets: readonly { readonly key: AssetKey }[]): string {
  const shown = assets.slice(0, 3).map(({ key }) => `\`${key}\``);
  return assets.length > shown.length
    ? `${shown.join(", ")} and ${assets.length - shown.length} more`
    : shown.join(", ");
}
