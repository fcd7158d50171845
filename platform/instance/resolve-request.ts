import type { AssetKey } from "../core/asset-key.ts";
import type { Asset, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { isPartitionsDefinition, type PartitionSet } from "../core/partitions.ts";
import type { RunConfig, RunRequest } from "../core/run.ts";
import { didYouMean } from "../core/suggest.ts";
import { parsePartitionSet } from "../partition/parse-partition-set.ts";
import { type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { configFromSettings } from "../plan/config-from-settings.ts";
import type { Storage } from "../storage/storage.ts";
import { InstanceError } from "./instance-error.ts";
import { partitionMoment } from "./partition-moment.ts";
import { tellAsInstanceError } from "./record-run.ts";
import type { MaterializeRequest } from "./runs.ts";
import { selectKeys } from "./select-keys.ts";
import { readStaleRequest, type StaleTargets } from "./staleness-request.ts";
import type { StalenessSource } from "./staleness-source.ts";
import { quarantineHint, readyKeys, refuseUnready } from "./unready-components.ts";

/** What a request is resolved with besides the definitions. */
export interface KnownToRequest extends PartitionMoment {
  /** What is stale of the request's selection; absent where it does not ask for that. */
  readonly stale?: StaleTargets;
}

/** Reads what `resolveRequest` needs. Throws InstanceError where the selection is wrong or nothing of it is stale. */
export async function readForRequest(
  snapshot: DefinitionsSnapshot,
  request: MaterializeRequest,
  {
    storage,
    staleness,
    now,
  }: {
    readonly storage: Pick<Storage, "listPartitions">;
    /** Needed where the request asks for what is stale. */
    readonly staleness?: StalenessSource;
    readonly now: Temporal.Instant;
  },
): Promise<KnownToRequest> {
  const moment = await partitionMoment(snapshot.definitions, storage, now);
  if (request.stale !== true) return moment;
  if (staleness === undefined) throw new Error("what is stale was asked for where nothing can tell it");
  const { selection } = targetOf(snapshot, request);
  return { ...moment, stale: await readStaleRequest(snapshot, staleness, { selection }) };
}

/**
 * A person's request with its keys settled on a snapshot.
 *
 * Throws DefinitionsError where it needs a component that cannot run, and InstanceError where it makes no sense.
 */
export function resolveRequest(
  snapshot: DefinitionsSnapshot,
  request: MaterializeRequest,
  known: KnownToRequest,
): RunRequest {
  const { selection, job } = targetOf(snapshot, request);
  const steps = job?.steps ?? [];
  const { stale } = known;
  const chosen =
    request.stale === true && stale !== undefined
      ? chosenStale(snapshot, { selection, steps, request }, stale)
      : chosenAssets(snapshot, { selection, steps, request }, known);
  const tags = { ...job?.tags, ...request.tags };
  const asked = {
    ...chosen,
    tags,
    ...(steps.length === 0 ? {} : { steps }),
    ...(job === undefined ? {} : { job: job.name }),
  };
  const config = configOf(snapshot, { job: job?.config, asked, request });
  const [priority, maxRuntimeSeconds, retryPolicy] = [
    request.priority ?? job?.priority,
    request.maxRuntimeSeconds ?? job?.maxRuntimeSeconds,
    request.retryPolicy ?? job?.retryPolicy,
  ];
  return {
    ...asked,
    ...(config === undefined ? {} : { config }),
    ...(priority === undefined ? {} : { priority }),
    ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
  };
}

/**
 * What a schedule or sensor asks for, with its keys settled; what cannot run is left out, and `partitions` go before
 * its own. Throws like `resolveRequest`.
 */
export function resolveTarget(
  snapshot: DefinitionsSnapshot,
  request: MaterializeRequest,
  { moment, partitions }: { readonly moment: PartitionMoment; readonly partitions: PartitionSet | undefined },
): RunRequest {
  const ready = { ...request, skipUnready: true };
  if (partitions === undefined) return resolveRequest(snapshot, ready, moment);
  return { ...resolveRequest(snapshot, { ...ready, partition: "all" }, moment), partitions };
}

type ChosenAssets = Pick<RunRequest, "assets" | "partitions" | "slices">;

interface Choice {
  readonly selection: string;
  readonly steps: readonly string[];
  readonly request: MaterializeRequest;
}

function chosenStale(
  snapshot: DefinitionsSnapshot,
  { selection, steps, request }: Choice,
  { assets: stale, slices }: StaleTargets,
): ChosenAssets {
  if (request.partition !== undefined) {
    throw new InstanceError(
      "invalid-partition",
      "which partitions are stale is known already",
      "leave the partition out",
    );
  }
  const assets = request.skipUnready === true ? readyKeys(snapshot, stale) : stale;
  refuseUnready(snapshot, { selection, keys: assets, steps });
  const kept = Object.entries(slices).filter(([asset]) => assets.includes(asset as AssetKey));
  return { assets, ...(kept.length === 0 ? {} : { slices: Object.fromEntries(kept) }) };
}

function chosenAssets(
  snapshot: DefinitionsSnapshot,
  { selection, steps, request }: Choice,
  moment: PartitionMoment,
): ChosenAssets {
  // A job of ops selects no asset.
  const selected = selection === "" && steps.length > 0 ? [] : selectKeys(snapshot, selection);
  const keys = request.skipUnready === true ? readyKeys(snapshot, selected) : selected;
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
  const { definition, of } = partitionsAskedFor(snapshot, materializable, request);
  const partitions = partitionsOf({ assets: materializable, definition, of }, request.partition, moment);
  return {
    assets: materializable.map(({ key }) => key),
    ...(partitions === undefined ? {} : { partitions }),
  };
}

/** The request's config over the job's, field by field, and single values over both. */
function configOf(
  snapshot: DefinitionsSnapshot,
  {
    job,
    asked,
    request: { config, settings },
  }: {
    readonly job: RunConfig | undefined;
    readonly asked: Pick<RunRequest, "assets" | "steps">;
    readonly request: MaterializeRequest;
  },
): RunConfig | undefined {
  const layers = [job, config];
  if (settings !== undefined && Object.keys(settings).length > 0) {
    try {
      layers.push(configFromSettings(snapshot, asked, settings));
    } catch (error) {
      tellAsInstanceError(error);
    }
  }
  const given = layers.filter((layer) => layer !== undefined);
  return given.length === 0 ? undefined : given.reduce(overlaid);
}

function overlaid(below: RunConfig, above: RunConfig): RunConfig {
  const merged = (kind: "steps" | "resources") => {
    const names = new Set([...Object.keys(below[kind] ?? {}), ...Object.keys(above[kind] ?? {})]);
    const entries = [...names].map(
      (name) => [name, { ...below[kind]?.[name], ...above[kind]?.[name] }] as const,
    );
    return entries.length === 0 ? {} : { [kind]: Object.fromEntries(entries) };
  };
  return { ...merged("steps"), ...merged("resources") };
}

/** The partitions definition that the request is about: that of its assets, or of a job of ops. */
function partitionsAskedFor(
  { definitions }: DefinitionsSnapshot,
  assets: readonly Asset[],
  { target }: MaterializeRequest,
): { readonly definition: unknown; readonly of: string } {
  const partitioned = assets.find(({ partitions }) => partitions !== undefined);
  if (partitioned !== undefined) return { definition: partitioned.partitions, of: partitioned.key };
  const job = "job" in target ? definitions.jobs.find(({ name }) => name === target.job) : undefined;
  return { definition: job?.partitions, of: job?.name ?? "" };
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
  {
    assets,
    definition,
    of,
  }: { readonly assets: readonly Asset[]; readonly definition: unknown; readonly of: string },
  text: string | undefined,
  moment: PartitionMoment,
): PartitionSet | undefined {
  if (definition === undefined) {
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
      `\`${of}\` is partitioned: name the partitions`,
      "such as a key, `first..last`, `latest` or `all`",
    );
  }
  if (!isPartitionsDefinition(definition)) throw new Error(`${of} has partitions of no known kind`);
  const parsed = parsePartitionSet(text, partitionKeys(definition, moment));
  if ("set" in parsed) return parsed.set;
  throw new InstanceError(
    "invalid-partition",
    `the partition \`${text}\` of \`${of}\`: ${parsed.reason}`,
    parsed.hint,
  );
}

function listed(assets: readonly { readonly key: AssetKey }[]): string {
  const shown = assets.slice(0, 3).map(({ key }) => `\`${key}\``);
  return assets.length > shown.length
    ? `${shown.join(", ")} and ${assets.length - shown.length} more`
    : shown.join(", ");
}
