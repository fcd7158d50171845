import type { RunEvent } from "../core/event.ts";
import { applyCheckFacts } from "./check-facts.ts";
import { applyDataFacts } from "./data-facts.ts";
import type { Statements } from "./database.ts";
import { encodePartition } from "./partition-key.ts";
import type { StepStarts } from "./step-facts.ts";
import type { StoredEvent } from "./stored-event.ts";

type AssetEvent = Extract<RunEvent, { type: "asset.materialized" | "asset.observed" | "asset.failed" }>;

/** Keeps what is known of assets, partitions and checks. Events come in order, so that the last one wins. */
export async function applyAssetFacts(
  db: Statements,
  stored: readonly StoredEvent[],
  starts: StepStarts,
): Promise<void> {
  await insertPlanned(db, stored);
  const about = stored.filter((one): one is StoredEvent & { event: AssetEvent } => isAboutAsset(one.event));
  await keepAssets(db, about);
  await keepFailures(db, about);
  await applyDataFacts(db, about, starts);
  await applyCheckFacts(db, stored);
}

function isAboutAsset(event: RunEvent): event is AssetEvent {
  return (
    event.type === "asset.materialized" || event.type === "asset.observed" || event.type === "asset.failed"
  );
}

async function insertPlanned(db: Statements, stored: readonly StoredEvent[]): Promise<void> {
  await db.insertRows(
    { table: "run_outputs", columns: ["run_id", "asset", "partition", "step"] },
    stored.flatMap(({ event }) =>
      event.type === "asset.planned"
        ? [[event.runId, event.asset, encodePartition(event.partition), event.step]]
        : [],
    ),
  );
}

const momentColumns = [
  "materialized_event_id",
  "materialized_at_ms",
  "observed_event_id",
  "observed_at_ms",
  "failed_event_id",
  "failed_at_ms",
];

async function keepAssets(
  db: Statements,
  about: readonly { readonly cursor: number; readonly event: AssetEvent }[],
): Promise<void> {
  const latest = new Map<string, (number | null)[]>();
  for (const { cursor, event } of about) {
    const moments = latest.get(event.asset) ?? momentColumns.map(() => null);
    const place = momentColumns.indexOf(`${event.type.slice("asset.".length)}_event_id`);
    moments[place] = cursor;
    moments[place + 1] = event.at;
    latest.set(event.asset, moments);
  }
  await db.insertRows(
    {
      table: "asset_latest",
      columns: ["asset", ...momentColumns],
      onConflict: `(asset) do update set ${momentColumns
        .map((column) => `${column} = coalesce(excluded.${column}, asset_latest.${column})`)
        .join(", ")}`,
    },
    [...latest].map(([asset, moments]) => [asset, ...moments]),
  );
}

/** Written before materializations, which look for a newer failure. */
async function keepFailures(
  db: Statements,
  about: readonly { readonly cursor: number; readonly event: AssetEvent }[],
): Promise<void> {
  const failures = new Map<string, (string | number)[]>();
  for (const { cursor, event } of about) {
    if (event.type !== "asset.failed") continue;
    const partition = encodePartition(event.partition);
    failures.set(`${event.asset}\0${partition}`, [event.asset, partition, cursor, event.at, event.runId]);
  }
  await db.insertRows(
    {
      table: "asset_partition_latest",
      columns: ["asset", "partition", "failed_event_id", "failed_at_ms", "run_id"],
      onConflict: `(asset, partition) do update
        set failed_event_id = excluded.failed_event_id,
          failed_at_ms = excluded.failed_at_ms,
          run_id = excluded.run_id`,
    },
    [...failures.values()],
  );
}
