import type { DefinitionsSnapshot } from "./core/definitions-snapshot.ts";
import { isPartitionsDefinition, type PartitionSet } from "./core/partitions.ts";
import type { RunConfig, RunRequest } from "./core/run.ts";
import { assetGraphOf } from "./graph/asset-graph.ts";
import { selectAssets } from "./graph/select-assets.ts";
import { parsePartitionSet } from "./partition/parse-partition-set.ts";
import { type PartitionMoment, partitionKeys } from "./partition/partition-keys.ts";

/** What a test asks for: assets by a selection, or a job by its name. */
export interface TestRequest {
  readonly target: { readonly selection: string } | { readonly job: string };
  /** Text of a partition set. */
  readonly partition: string | undefined;
  readonly config: RunConfig | undefined;
  readonly tags: { readonly [key: string]: string } | undefined;
}

/**
 * The request with its keys settled. What is observed and not made counts as chosen too, so that a test can run it.
 * Throws SelectionError for a text that is no selection, and RangeError for partitions that are not there.
 */
export function testRequest(
  { definitions }: DefinitionsSnapshot,
  { target, partition, config, tags }: TestRequest,
  moment: PartitionMoment,
): RunRequest {
  const job = "job" in target ? definitions.jobs.find(({ name }) => name === target.job) : undefined;
  const selection = "selection" in target ? target.selection : (job?.selection ?? "");
  const keys = new Set(selection === "" ? [] : selectAssets(assetGraphOf(definitions), selection));
  const assets = definitions.assets.filter(({ key, step }) => keys.has(key) && step !== undefined);
  const checks = definitions.checks.filter(({ asset, step }) => keys.has(asset) && step !== undefined);
  const partitions = partitionsOf(
    partition,
    assets.find((asset) => asset.partitions !== undefined)?.partitions ?? job?.partitions,
    moment,
  );
  return {
    assets: assets.map(({ key }) => key),
    checks: checks.map(({ key }) => key),
    tags: { ...job?.tags, ...tags },
    ...(partitions === undefined ? {} : { partitions }),
    ...(job === undefined ? {} : { job: job.name, ...(job.steps === undefined ? {} : { steps: job.steps }) }),
    ...(config === undefined ? {} : { config }),
  };
}

function partitionsOf(
  text: string | undefined,
  definition: unknown,
  moment: PartitionMoment,
): PartitionSet | undefined {
  if (text === undefined) return undefined;
  if (!isPartitionsDefinition(definition)) throw new RangeError("nothing that is asked for is partitioned");
  const parsed = parsePartitionSet(text, partitionKeys(definition, moment));
  if ("set" in parsed) return parsed.set;
  throw new RangeError(`the partition ${JSON.stringify(text)}: ${parsed.reason}`);
}
