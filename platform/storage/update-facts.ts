import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunId } from "../core/run.ts";
import { chooseByKey } from "./choose-by-key.ts";
import type { Statements } from "./database.ts";
import type { EventCursor } from "./stored-event.ts";

/** The newest materialization or observation of a partition ("": the unpartitioned asset). Times are milliseconds. */
export interface UpdateRecord {
  readonly type: "materialized" | "observed";
  readonly asset: AssetKey;
  readonly partition: string;
  readonly runId: RunId;
  readonly cursor: EventCursor;
  readonly at: number;
  /** Start of the attempt that made it; its own moment where that is not known any more. */
  readonly started: { readonly cursor: EventCursor; readonly at: number };
  /** When the data version became another one. */
  readonly changed: { readonly cursor: EventCursor; readonly at: number };
}

/** The newest answer to a check, whichever partition it was of. */
export interface AnswerRecord {
  readonly check: CheckKey;
  readonly runId: RunId;
  readonly cursor: EventCursor;
  readonly at: number;
  readonly passed: boolean;
}

/** A part of a run that failed without bringing it up to date. */
export interface FailedOutput {
  readonly asset: AssetKey;
  readonly partition: string;
  readonly runId: RunId;
}

/** What automation asks about, read for many entities at once. */
export interface UpdateFacts {
  readonly updates: readonly UpdateRecord[];
  readonly answers: readonly AnswerRecord[];
}

export interface UpdateFactsFilter {
  /** All unless given. */
  readonly assets?: readonly AssetKey[];
  readonly checks?: readonly CheckKey[];
  /** Only what happened after it. */
  readonly after?: EventCursor;
}

interface UpdateRow {
  asset: string;
  partition: string;
  run_id: string;
  event_id: number;
  at_ms: number;
  started_event_id: number;
  started_at_ms: number;
  changed_event_id: number;
  changed_at_ms: number;
}

/** Served by the primary keys of asset_partition_latest, asset_observed_latest, check_latest and events. */
export async function updateFacts(db: Statements, filter: UpdateFactsFilter): Promise<UpdateFacts> {
  const { assets, checks, after = 0 } = filter;
  const materialized = await updatesIn(db, {
    table: "asset_partition_latest",
    prefix: "materialized_",
    assets,
    after,
  });
  const observed = await updatesIn(db, { table: "asset_observed_latest", prefix: "", assets, after });
  return {
    updates: [
      ...materialized.map((row) => updateOf("materialized", row)),
      ...observed.map((row) => updateOf("observed", row)),
    ],
    answers: await answersOf(db, checks, after),
  };
}

async function updatesIn(
  db: Statements,
  {
    table,
    prefix,
    assets,
    after,
  }: {
    readonly table: string;
    readonly prefix: string;
    readonly assets: readonly AssetKey[] | undefined;
    readonly after: EventCursor;
  },
): Promise<UpdateRow[]> {
  if (assets?.length === 0) return [];
  const { condition, parameters } = chooseByKey("latest.asset", assets);
  return await db.all<UpdateRow>(
    `
    select latest.asset as asset, latest.partition as partition, latest.${prefix}run_id as run_id,
      latest.${prefix}event_id as event_id, latest.${prefix}at_ms as at_ms,
      coalesce(latest.started_event_id, latest.${prefix}event_id) as started_event_id,
      coalesce(started.at_ms, latest.${prefix}at_ms) as started_at_ms,
      coalesce(latest.changed_event_id, latest.${prefix}event_id) as changed_event_id,
      coalesce(latest.changed_at_ms, latest.${prefix}at_ms) as changed_at_ms
    from ${table} as latest
    left join events as started on started.id = latest.started_event_id
    where ${condition} and latest.${prefix}event_id > :after
    `,
    { ...parameters, after },
  );
}

function updateOf(type: UpdateRecord["type"], row: UpdateRow): UpdateRecord {
  return {
    type,
    asset: row.asset as AssetKey,
    partition: row.partition,
    runId: row.run_id as RunId,
    cursor: row.event_id,
    at: row.at_ms,
    started: { cursor: row.started_event_id, at: row.started_at_ms },
    changed: { cursor: row.changed_event_id, at: row.changed_at_ms },
  };
}

async function answersOf(
  db: Statements,
  checks: readonly CheckKey[] | undefined,
  after: EventCursor,
): Promise<AnswerRecord[]> {
  if (checks?.length === 0) return [];
  const { condition, parameters } = chooseByKey("check_key", checks);
  const rows = await db.all<{
    check_key: string;
    run_id: string;
    event_id: number;
    at_ms: number;
    passed: number;
  }>(
    `
    select check_key, run_id, event_id, at_ms, passed
    from check_latest
    where event_id in (
      select max(event_id) from check_latest where ${condition} and event_id > :after group by check_key
    )
    order by event_id
    `,
    { ...parameters, after },
  );
  return rows.map((row) => ({
    check: row.check_key as CheckKey,
    runId: row.run_id as RunId,
    cursor: row.event_id,
    at: row.at_ms,
    passed: row.passed === 1,
  }));
}

/**
 * What runs failed to bring up to date, no later run was planned to, and nobody brought up to date since they began. Served by runs_by_status(status, …), the
 * primary key of run_outputs and run_outputs_by_asset(asset, run_id).
 */
export async function failedOutputs(db: Statements): Promise<FailedOutput[]> {
  const rows = await db.all<{ asset: string; partition: string; run_id: string }>(
    `
    select run_outputs.asset as asset, run_outputs.partition as partition, runs.id as run_id
    from runs
    cross join run_outputs
    left join asset_partition_latest as latest
      on latest.asset = run_outputs.asset and latest.partition = run_outputs.partition
    where runs.status = 'failure'
      and run_outputs.run_id = runs.id
      and (
        latest.materialized_at_ms is null
        or latest.materialized_at_ms < coalesce(runs.started_at_ms, runs.created_at_ms)
      )
      and not exists (
        select 1
        from run_outputs as later
        where later.asset = run_outputs.asset
          and later.run_id > runs.id
          and later.partition = run_outputs.partition
      )
    `,
  );
  return rows.map((row) => ({
    asset: row.asset as AssetKey,
    partition: row.partition,
    runId: row.run_id as RunId,
  }));
}
