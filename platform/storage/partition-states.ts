import type { AssetKey } from "../core/asset-key.ts";
import type { PartitionStates } from "./asset-records.ts";
import type { Statements } from "./database.ts";

/** Served by the primary key of asset_partition_latest, and by runs_by_status over the few runs in progress. */
export async function partitionStates(db: Statements, asset: AssetKey): Promise<PartitionStates> {
  const inProgress = await db.all<{ partition: string }>(
    `
    select distinct run_outputs.partition as partition
    from runs
    cross join run_outputs
    left join asset_partition_latest as latest
      on latest.asset = run_outputs.asset
      and latest.partition = run_outputs.partition
      and latest.run_id = run_outputs.run_id
    where runs.status in ('not_started', 'queued', 'starting', 'started', 'canceling')
      and run_outputs.run_id = runs.id
      and run_outputs.asset = :asset
      and run_outputs.partition <> ''
      and latest.run_id is null
    order by run_outputs.partition
    `,
    { asset },
  );
  const failed = "coalesce(failed_event_id, 0) > coalesce(materialized_event_id, 0)";
  return {
    materialized: await partitionsWhere(db, asset, `not ${failed}`),
    failed: await partitionsWhere(db, asset, failed),
    inProgress: inProgress.map((row) => row.partition),
  };
}

/** Between the keys of a joined list; what is written in files has no such character. */
const separator = "\u001e";

/** In the order of their text, as one text: ten thousand rows would take several times as long. */
async function partitionsWhere(db: Statements, asset: AssetKey, condition: string): Promise<string[]> {
  const where = `asset = :asset and partition <> '' and ${condition}`;
  const joined = await db.get<{ keys: string | null; found: number }>(
    `
    select string_agg(partition, :separator) as keys, count(*) as found
    from (select partition from asset_partition_latest where ${where} order by partition) as in_order
    `,
    { asset, separator },
  );
  if (joined === undefined || joined.keys === null) return [];
  const keys = joined.keys.split(separator);
  if (keys.length === joined.found) return keys;
  const rows = await db.all<{ partition: string }>(
    `select partition from asset_partition_latest where ${where} order by partition`,
    { asset },
  );
  return rows.map(({ partition }) => partition);
}
