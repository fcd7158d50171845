import type { AssetKey } from "../core/asset-key.ts";
import type { RunEvent } from "../core/event.ts";
import type { AssetMoment, AssetRecord } from "./asset-records.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";
import { type EventRow, eventColumns, eventOf } from "./events.ts";

interface LatestRow extends EventRow {
  asset: string;
  fact: "materialized" | "observed" | "failed";
}

/** Served by the primary keys of asset_latest and events. */
export async function latestAssets(
  db: Statements,
  keys: readonly AssetKey[] | undefined,
): Promise<Map<AssetKey, AssetRecord>> {
  const { condition, parameters } = chooseByKey("asset_latest.asset", keys);
  const facts = ["materialized", "observed", "failed"] as const;
  const rows = await db.all<LatestRow>(
    facts
      .map(
        (fact) => `
    select asset_latest.asset as asset, '${fact}' as fact, ${eventColumns
      .split(", ")
      .map((column) => `events.${column} as ${column}`)
      .join(", ")}
    from asset_latest join events on events.id = asset_latest.${fact}_event_id
    where ${condition}`,
      )
      .join("\n    union all"),
    parameters,
  );
  const records = new Map<AssetKey, AssetRecord>();
  for (const row of rows) {
    const asset = row.asset as AssetKey;
    records.set(asset, { ...(records.get(asset) ?? { asset }), [row.fact]: momentOf(eventOf(row).event) });
  }
  return records;
}

function momentOf(event: RunEvent): AssetMoment {
  if (!("asset" in event) || !("partition" in event))
    throw new Error(`a ${event.type} is not about an asset`);
  return {
    runId: event.runId,
    step: event.step,
    at: event.at,
    partition: event.partition,
    metadata: "metadata" in event ? event.metadata : {},
    ...("dataVersion" in event && event.dataVersion !== undefined ? { dataVersion: event.dataVersion } : {}),
    ...("codeVersion" in event && event.codeVersion !== undefined ? { codeVersion: event.codeVersion } : {}),
  };
}
