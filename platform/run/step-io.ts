import type { AssetKey } from "../core/asset-key.ts";
import { metadataOf } from "../core/metadata.ts";
import type { PartitionKey } from "../core/partitions.ts";
import type { PlannedInput, PlannedStep } from "../core/run-plan.ts";
import type { IoContext } from "../define/io-manager.ts";
import { type LoadOptions, type StepContext, StepError, type StepLog } from "../define/step.ts";
import type { KeyTranslation } from "./key-prefix.ts";
import { type LoadableInput, loadBatches, loadSlices, loadTable, rowCount } from "./load-input.ts";
import type { StepSetting } from "./step-setting.ts";

/** How the code of a step reads upstream assets and stores its own. */
export function createStepIo(
  setting: StepSetting,
  { keys, log }: { readonly keys: KeyTranslation; readonly log: StepLog },
): Pick<StepContext, "load" | "relation" | "store"> {
  const { step, io, reports, emit, dataFolder, engine, signal } = setting;
  const contextOf = (asset: AssetKey, slices: Slices): IoContext => ({
    asset,
    ...slices,
    dataFolder,
    log,
    signal,
    relation: (upstream) => relation(upstream),
  });
  const inputOf = async (asset: AssetKey): Promise<LoadableInput> => {
    const input = findInput(step, keys.inward(asset));
    if (input === undefined) throw notUpstream(asset);
    return {
      name: input.io,
      manager: await io.get(input.io),
      context: contextOf(input.asset, slicesOf(input)),
      column: input.partitionColumn ?? "partition",
    };
  };
  const relation = async (asset: AssetKey): Promise<string> => {
    const { name, manager, context } = await inputOf(asset);
    if (manager.relation !== undefined) return manager.relation(context);
    throw refused(`the IO manager \`${name}\` of \`${asset}\` cannot be queried: load the asset instead`);
  };
  return {
    relation,
    async load(asset, { as }: LoadOptions = {}) {
      const input = await inputOf(asset);
      const told = (rows: number | undefined) =>
        emit({
          type: "input.loaded",
          step: step.key,
          asset: input.context.asset,
          io: input.name,
          metadata: metadataOf(rows === undefined ? {} : { row_count: rows }),
        });
      if (as === "iterable") return loadSlices(input, told);
      if (as === "batches") return loadBatches(input, { engine, told });
      const value = await (as === "table" ? loadTable(input) : input.manager.loadInput(input.context));
      told(rowCount(value));
      return value;
    },
    async store(asset, value, options = {}) {
      const key = keys.inward(asset);
      reports.requireSelected(key);
      const name = step.io[key] as string;
      const partitions = options.partition === undefined ? step.partitions : [options.partition];
      const context = contextOf(key, slicesOf({ ...(partitions === undefined ? {} : { partitions }) }));
      const stored = await (await io.get(name)).handleOutput(context, value);
      emit({ type: "output.stored", step: step.key, asset: key, io: name, metadata: metadataOf(stored) });
      reports.asset("asset.materialized", key, { ...options, stored });
      await setting.ready();
    },
  };
}

type Slices = Pick<IoContext, "partitions" | "everyPartition">;

/** Upstream assets as planned; the step's own assets with its own slices. */
function findInput(step: PlannedStep, asset: AssetKey): PlannedInput | undefined {
  const planned = step.inputs.find((input) => input.asset === asset);
  if (planned !== undefined || !step.assets.includes(asset)) return planned;
  const { partitions } = step;
  return { asset, io: step.io[asset] as string, ...(partitions === undefined ? {} : { partitions }) };
}

function slicesOf({
  partitions,
  everyPartition,
}: Pick<PlannedInput, "partitions" | "everyPartition">): Slices {
  if (everyPartition === true) return { everyPartition };
  return partitions === undefined ? {} : { partitions: partitions as readonly PartitionKey[] };
}

export function notUpstream(asset: AssetKey): StepError {
  return refused(`\`${asset}\` is not upstream of this step: add it to the deps of the asset that needs it`);
}

function refused(message: string): StepError {
  return new StepError(message, { retry: "never" });
}
