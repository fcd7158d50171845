import type { RunEvent } from "../core/event.ts";
import type { Statements } from "./database.ts";
import type { StoredEvent } from "./storage.ts";

/** The partition under which the facts of the unpartitioned asset are kept; no partition key is empty. */
const unpartitioned = "";

export function encodePartition(partition: string | null): string {
  return partition ?? unpartitioned;
}

export function decodePartition(partition: string): string | null {
  return partition === unpartitioned ? null : partition;
}

/** Keeps what is known of assets, partitions and checks. Events come in order, so that the last one wins. */
export async function applyAssetFacts(db: Statements, { cursor, event }: StoredEvent): Promise<void> {
  switch (event.type) {
    case "asset.planned":
      await db.run(
        `
        insert into run_outputs (run_id, asset, partition, step)
        values (:run_id, :asset, :partition, :step)
        on conflict (run_id, asset, partition) do nothing
        `,
        {
          run_id: event.runId,
          asset: event.asset,
          partition: encodePartition(event.partition),
          step: event.step,
        },
      );
      return;
    case "asset.materialized":
      await keepAsset(db, "materialized", { cursor, event });
      await db.run(
        `
        insert into asset_partition_latest
          (asset, partition, materialized_event_id, materialized_at_ms, data_version, run_id)
        values (:asset, :partition, :event_id, :at_ms, :data_version, :run_id)
        on conflict (asset, partition) do update
        set materialized_event_id = excluded.materialized_event_id,
          materialized_at_ms = excluded.materialized_at_ms,
          data_version = excluded.data_version,
          run_id = excluded.run_id
        `,
        {
          asset: event.asset,
          partition: encodePartition(event.partition),
          event_id: cursor,
          at_ms: event.at,
          data_version: event.dataVersion ?? null,
          run_id: event.runId,
        },
      );
      return;
    case "asset.observed":
      return keepAsset(db, "observed", { cursor, event });
    case "asset.failed":
      await keepAsset(db, "failed", { cursor, event });
      await db.run(
        `
        insert into asset_partition_latest (asset, partition, failed_event_id, failed_at_ms, run_id)
        values (:asset, :partition, :event_id, :at_ms, :run_id)
        on conflict (asset, partition) do update
        set failed_event_id = excluded.failed_event_id,
          failed_at_ms = excluded.failed_at_ms,
          run_id = excluded.run_id
        `,
        {
          asset: event.asset,
          partition: encodePartition(event.partition),
          event_id: cursor,
          at_ms: event.at,
          run_id: event.runId,
        },
      );
      return;
    case "check.evaluated":
      return keepCheck(db, cursor, event);
  }
}

async function keepAsset(
  db: Statements,
  fact: "materialized" | "observed" | "failed",
  { cursor, event }: StoredEvent & { event: RunEvent & { asset: string } },
): Promise<void> {
  await db.run(
    `
    insert into asset_latest (asset, ${fact}_event_id, ${fact}_at_ms)
    values (:asset, :event_id, :at_ms)
    on conflict (asset) do update
    set ${fact}_event_id = excluded.${fact}_event_id, ${fact}_at_ms = excluded.${fact}_at_ms
    `,
    { asset: event.asset, event_id: cursor, at_ms: event.at },
  );
}

async function keepCheck(
  db: Statements,
  cursor: number,
  event: Extract<RunEvent, { type: "check.evaluated" }>,
): Promise<void> {
  await db.run(
    `
    insert into check_latest (check_key, partition, event_id, run_id, at_ms, passed, severity)
    values (:check_key, :partition, :event_id, :run_id, :at_ms, :passed, :severity)
    on conflict (check_key, partition) do update
    set event_id = excluded.event_id,
      run_id = excluded.run_id,
      at_ms = excluded.at_ms,
      passed = excluded.passed,
      severity = excluded.severity
    `,
    {
      check_key: event.check,
      partition: encodePartition(event.partition),
      event_id: cursor,
      run_id: event.runId,
      at_ms: event.at,
      passed: event.passed ? 1 : 0,
      severity: event.severity,
    },
  );
}
