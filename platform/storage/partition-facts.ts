import type { AssetKey } from "../core/asset-key.ts";
import type { RunId } from "../core/run.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";
import { decodePartition } from "./partition-key.ts";
import type { EventCursor } from "./stored-event.ts";

/** What is known of the newest materialization of one partition (`null`: the unpartitioned asset), for staleness. */
export interface PartitionFact {
  readonly partition: string | null;
  readonly runId: RunId;
  /** Of its event. */
  readonly cursor: EventCursor;
  /** Of the start of the step's attempt that made it: what it read is not newer. */
  readonly startedCursor: EventCursor;
  readonly at: number;
  /** null: like no other. */
  readonly dataVersion: string | null;
  /** Where the data version became another one; without a version, the event itself. */
  readonly changedCursor: EventCursor;
  readonly changedAt: number;
  readonly codeVersion: string | null;
}

export interface PartitionFacts {
  readonly asset: AssetKey;
  /** In the order of their text; of an asset that is never materialized, those that were observed. */
  readonly partitions: readonly PartitionFact[];
}

interface FactRow {
  asset: string;
  partition: string;
  run_id: string;
  event_id: number;
  started_event_id: number;
  at_ms: number;
  data_version: string | null;
  changed_event_id: number;
  changed_at_ms: number;
  code_version: string | null;
}

/** Served by the primary keys of asset_partition_latest and asset_observed_latest. */
export async function partitionFacts(
  db: Statements,
  keys: readonly AssetKey[] | undefined,
): Promise<Map<AssetKey, PartitionFacts>> {
  const { condition, parameters } = chooseByKey("asset", keys);
  const materialized = await db.all<FactRow>(
    `
    select asset, partition, materialized_run_id as run_id, materialized_event_id as event_id, started_event_id,
      materialized_at_ms as at_ms, data_version, changed_event_id, changed_at_ms, code_version
    from asset_partition_latest
    where ${condition} and materialized_event_id is not null
    order by asset, partition
    `,
    parameters,
  );
  const observed = await db.all<FactRow>(
    `
    select asset, partition, run_id, event_id, started_event_id, at_ms, data_version, changed_event_id, changed_at_ms,
      code_version
    from asset_observed_latest
    where ${condition}
    order by asset, partition
    `,
    parameters,
  );
  const facts = factsByAsset(materialized);
  for (const [asset, partitions] of factsByAsset(observed)) {
    if (!facts.has(asset)) facts.set(asset, partitions);
  }
  return new Map([...facts].map(([asset, partitions]) => [asset, { asset, partitions }]));
}

function factsByAsset(rows: readonly FactRow[]): Map<AssetKey, PartitionFact[]> {
  const facts = new Map<AssetKey, PartitionFact[]>();
  for (const row of rows) {
    const asset = row.asset as AssetKey;
    const others = facts.get(asset);
    if (others === undefined) facts.set(asset, [factOf(row)]);
    else others.push(factOf(row));
  }
  return facts;
}

function factOf(row: FactRow): PartitionFact {
  return {
    partition: decodePartition(row.partition),
    runId: row.run_id as RunId,
    cursor: row.event_id,
    startedCursor: row.started_event_id,
    at: row.at_ms,
    dataVersion: row.data_version,
    changedCursor: row.changed_event_id,
    changedAt: row.changed_at_ms,
    codeVersion: row.code_version,
  };
}
