import { canonicalJson } from "../core/canonical-json.ts";
import type { Asset } from "../core/definitions-snapshot.ts";
import { isPartitionsDefinition, type PartitionsDefinition } from "../core/partitions.ts";
import { type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import type { StalenessFact, StalenessFacts } from "./staleness-facts.ts";
import type { Slices } from "./staleness-mapping.ts";

/** What `SliceTable.statuses` holds. */
export const sliceStatuses = { fresh: 0, stale: 1, missing: 2 } as const;

/**
 * All slices of all assets in columns: the slices of asset `n` stand from `offsets[n]` up to `offsets[n + 1]`. Flat,
 * because a project may have millions.
 */
export interface SliceTable {
  readonly slices: readonly Slices[];
  readonly offsets: Float64Array;
  /** Cursors; -1 where nothing is remembered. */
  readonly started: Float64Array;
  readonly changed: Float64Array;
  readonly changedAt: Float64Array;
  readonly statuses: Uint8Array;
  /** 1 where the data was made with other code than the definition's. */
  readonly otherCode: Uint8Array;
}

/** Puts the facts into columns. Facts of partitions that do not exist now are left out. */
export function createSliceTable(
  assets: readonly Asset[],
  facts: StalenessFacts,
  moment: PartitionMoment,
): SliceTable {
  const numbered = numberedSlices(moment);
  const slices = assets.map(({ partitions }) => numbered(partitions));
  const offsets = new Float64Array(assets.length + 1);
  for (const [node, { count }] of slices.entries()) offsets[node + 1] = (offsets[node] as number) + count;
  const total = offsets[assets.length] as number;
  const table: SliceTable = {
    slices,
    offsets,
    started: new Float64Array(total).fill(-1),
    changed: new Float64Array(total).fill(-1),
    changedAt: new Float64Array(total).fill(-1),
    statuses: new Uint8Array(total),
    otherCode: new Uint8Array(total),
  };
  for (const [node, asset] of assets.entries()) {
    const first = offsets[node] as number;
    if (asset.materializable) table.statuses.fill(sliceStatuses.missing, first, offsets[node + 1]);
    enter(asset, facts.get(asset.key)?.partitions ?? [], { table, first, slices: slices[node] as Numbered });
  }
  return table;
}

function enter(
  { codeVersion, materializable }: Asset,
  facts: readonly StalenessFact[],
  { table, first, slices }: { table: SliceTable; first: number; slices: Numbered },
): void {
  // Facts mostly come in the order of keys, so the next one is looked at before any index.
  let expected = 0;
  for (const fact of facts) {
    const ordinal = slices.numberOf(fact.partition, expected);
    if (ordinal < 0) continue;
    expected = ordinal + 1;
    const at = first + ordinal;
    table.started[at] = fact.startedCursor;
    table.changed[at] = fact.changedCursor;
    table.changedAt[at] = fact.changedAt;
    table.statuses[at] = sliceStatuses.fresh;
    if (materializable && codeVersion !== undefined && fact.codeVersion !== codeVersion)
      table.otherCode[at] = 1;
  }
}

interface Numbered extends Slices {
  /** -1 for a key that does not exist now. */
  numberOf(key: string | null, expected: number): number;
}

const unpartitioned: Numbered = { count: 1, numberOf: (key) => (key === null ? 0 : -1) };

/** Slices of definitions at one moment; equal definitions share theirs. */
function numberedSlices(moment: PartitionMoment): (definition: Asset["partitions"]) => Numbered {
  const known = new Map<string, Numbered>();
  const byObject = new WeakMap<object, Numbered>();
  return (definition) => {
    if (definition === undefined || !isPartitionsDefinition(definition)) return unpartitioned;
    const found = byObject.get(definition);
    if (found !== undefined) return found;
    const text = canonicalJson(definition);
    const made = known.get(text) ?? slicesOf(definition, moment);
    known.set(text, made);
    byObject.set(definition, made);
    return made;
  };
}

function slicesOf(definition: PartitionsDefinition, moment: PartitionMoment): Numbered {
  const keys = partitionKeys(definition, moment);
  let texts: readonly string[] | undefined;
  let places: ReadonlyMap<string, number> | undefined;
  return {
    definition,
    keys,
    count: keys.count,
    numberOf(key, expected) {
      if (key === null) return -1;
      texts ??= [...keys];
      if (texts[expected] === key) return expected;
      places ??= new Map(texts.map((text, place) => [text, place]));
      return places.get(key) ?? -1;
    },
  };
}
