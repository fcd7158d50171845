import type { AssetKey } from "./core/asset-key.ts";
import type { PartitionKey } from "./core/partitions.ts";
import {
  type IoContext,
  type IoManager,
  type IoManagerDefinition,
  type IoManagerSetting,
  ioManager,
} from "./define/io-manager.ts";
import { builtInIoManagers, isBuiltInIo } from "./io/built-in-io-managers.ts";

/** What a test instance remembers: values of assets by slice; `null` is the unpartitioned asset. */
export type StoredValues = Map<string, Map<string | null, unknown>>;

/**
 * An IO manager that also notes what it has stored, as whoever loads it gets it. At its start it stores what `known`
 * holds, so that a run finds values of earlier ones.
 */
export function recordingIo(
  name: string,
  { known, custom }: { readonly known: StoredValues; readonly custom: IoManagerDefinition | undefined },
): { readonly definition: IoManagerDefinition; readonly stored: StoredValues } {
  const stored: StoredValues = new Map();
  const definition = ioManager(name, async (setting) => {
    const inner = await innerIo(name, custom, setting);
    for (const [asset, slices] of known) {
      for (const [slice, value] of slices) {
        await inner.handleOutput(contextOf(setting, { asset: asset as AssetKey, slice }), value);
      }
    }
    return {
      ...bound(inner),
      async handleOutput(context, value) {
        const metadata = await inner.handleOutput(context, value);
        const slices = stored.get(context.asset) ?? new Map<string | null, unknown>();
        stored.set(context.asset, slices);
        for (const slice of context.partitions ?? [null]) {
          const one = slice === null ? context : { ...context, partitions: [slice] };
          slices.set(slice, await inner.loadInput(one));
        }
        return metadata;
      },
    };
  });
  return { definition, stored };
}

async function innerIo(
  name: string,
  custom: IoManagerDefinition | undefined,
  setting: IoManagerSetting,
): Promise<IoManager> {
  if (custom !== undefined) return custom.create(setting);
  if (isBuiltInIo(name)) return builtInIoManagers(setting.engine)[name];
  throw new RangeError(`there is no IO manager \`${name}\` among the definitions`);
}

/** Its methods as plain functions, so that one of them can be replaced. */
function bound(inner: IoManager): IoManager {
  return {
    handleOutput: (context, value) => inner.handleOutput(context, value),
    loadInput: (context) => inner.loadInput(context),
    ...(inner.relation === undefined ? {} : { relation: inner.relation.bind(inner) }),
    ...(inner.partitions === undefined ? {} : { partitions: inner.partitions.bind(inner) }),
    ...(inner.release === undefined ? {} : { release: inner.release.bind(inner) }),
  };
}

function contextOf(
  { dataFolder }: IoManagerSetting,
  { asset, slice }: { readonly asset: AssetKey; readonly slice: string | null },
): IoContext {
  const silent = (): void => {};
  return {
    asset,
    ...(slice === null ? {} : { partitions: [slice as PartitionKey] }),
    dataFolder,
    log: { debug: silent, info: silent, warning: silent, error: silent },
    signal: new AbortController().signal,
    relation: async (upstream) => {
      throw new RangeError(`a given value cannot be a query over \`${upstream}\``);
    },
  };
}
