import type { AssetKey } from "../core/asset-key.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";

/** Only assets that failed once are looked at: by the primary keys of asset_latest and asset_partition_latest. */
export async function failedAssets(
  db: Statements,
  keys: readonly AssetKey[] | undefined,
): Promise<ReadonlySet<AssetKey>> {
  const { condition, parameters } = chooseByKey("asset_latest.asset", keys);
  const rows = await db.all<{ asset: string }>(
    `
    select asset_latest.asset as asset
    from asset_latest
    where ${condition} and asset_latest.failed_event_id is not null and exists (
      select 1
      from asset_partition_latest as latest
      where latest.asset = asset_latest.asset
        and latest.failed_event_id > coalesce(latest.materialized_event_id, 0)
    )
    `,
    parameters,
  );
  return new Set(rows.map(({ asset }) => asset as AssetKey));
}
