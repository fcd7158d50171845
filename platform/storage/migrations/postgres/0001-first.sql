-- The database's clock, in milliseconds since 1970.
create function now_ms() returns bigint language sql volatile
as $$ select (extract(epoch from clock_timestamp()) * 1000)::bigint $$;

-- The log: facts about runs, appended and never changed. `id` is the cursor of readers.
create table events (
  id bigint generated always as identity primary key,
  run_id text collate "C" not null,
  epoch integer not null,
  seq integer not null,
  at_ms bigint not null,
  type text collate "C" not null,
  step text collate "C",
  asset text collate "C",
  body text not null
);

create unique index events_once on events (run_id, epoch, seq);
create index events_by_run on events (run_id, id);
-- Only what the history of an asset shows.
create index events_about_asset on events (asset, id)
where type in ('asset.materialized', 'asset.observed', 'asset.failed', 'check.evaluated');

create table runs (
  id text collate "C" primary key,
  status text collate "C" not null,
  request text not null,
  snapshot_id text collate "C" not null,
  commit_id text,
  epoch integer not null,
  job text collate "C",
  priority integer not null,
  created_at_ms bigint not null,
  started_at_ms bigint,
  ended_at_ms bigint,
  failure text,
  failure_reason text,
  parent_run_id text collate "C",
  root_run_id text collate "C",
  -- Whether its noise has been removed.
  purged integer not null default 0,
  plan text
);

create index runs_by_time on runs (created_at_ms, id);
create index runs_by_status on runs (status, created_at_ms, id);
create index runs_by_root on runs (root_run_id, created_at_ms, id) where root_run_id is not null;
create index runs_queued on runs (priority desc, created_at_ms, id) where status = 'queued';
create index runs_to_purge on runs (ended_at_ms, id) where purged = 0 and ended_at_ms is not null;
create index runs_by_snapshot on runs (snapshot_id);

create table run_tags (
  run_id text collate "C" not null,
  key text collate "C" not null,
  value text collate "C" not null,
  created_at_ms bigint not null,
  primary key (run_id, key)
);

create index run_tags_by_value on run_tags (key, value, created_at_ms, run_id);

create table run_steps (
  run_id text collate "C" not null,
  step text collate "C" not null,
  position integer not null,
  status text collate "C" not null,
  attempt integer not null,
  started_at_ms bigint,
  ended_at_ms bigint,
  failure text,
  -- The event of the last start.
  started_event_id bigint,
  primary key (run_id, step)
);

-- What a run was planned to bring up to date. The unpartitioned asset has the partition ''.
create table run_outputs (
  run_id text collate "C" not null,
  asset text collate "C" not null,
  partition text collate "C" not null,
  step text collate "C" not null,
  primary key (run_id, asset, partition)
);

create index run_outputs_by_asset on run_outputs (asset, run_id);

-- Which run was made for the key of a request, once per source ('' for people and programs).
create table run_keys (
  source text collate "C" not null,
  run_key text collate "C" not null,
  run_id text collate "C" not null,
  primary key (source, run_key)
);

-- A run's attempt while it lasts: it waits for a worker, or a worker holds it under a lease.
create table attempts (
  run_id text collate "C" primary key,
  epoch integer not null,
  worker text collate "C",
  -- Made for one claim, so that a worker can find what it was given when the answer was lost.
  claim text collate "C",
  lease_until_ms bigint,
  waiting_since_ms bigint not null,
  priority integer not null,
  created_at_ms bigint not null
);

create index attempts_waiting on attempts (priority desc, created_at_ms, run_id) where worker is null;
create index attempts_by_claim on attempts (claim) where claim is not null;

-- A pool that was claimed once or has a limit that people set.
create table pools (
  pool text collate "C" primary key,
  slot_limit integer
);

-- What steps hold, or (step '') runs.
create table pool_leases (
  pool text collate "C" not null,
  run_id text collate "C" not null,
  step text collate "C" not null,
  epoch integer not null,
  slots integer not null,
  claimed_at_ms bigint not null,
  primary key (pool, run_id, step)
);

create index pool_leases_by_run on pool_leases (run_id, step);

create table ticks (
  id bigint generated always as identity primary key,
  instigator text collate "C" not null,
  scheduled_at_ms bigint not null,
  status text collate "C" not null,
  started_at_ms bigint not null,
  ended_at_ms bigint,
  reason text,
  run_ids text not null,
  body text,
  commit_key text collate "C" not null
);

create unique index ticks_once on ticks (instigator, scheduled_at_ms);
create index ticks_by_instigator on ticks (instigator, id);
create index ticks_by_time on ticks (started_at_ms);

create table cursors (
  name text collate "C" primary key,
  value text not null
);

create table dynamic_partitions (
  id bigint generated always as identity primary key,
  definition text collate "C" not null,
  partition text collate "C" not null,
  added_at_ms bigint not null
);

create unique index dynamic_partitions_once on dynamic_partitions (definition, partition);
create index dynamic_partitions_in_order on dynamic_partitions (definition, id);

create table asset_latest (
  asset text collate "C" primary key,
  materialized_event_id bigint,
  materialized_at_ms bigint,
  observed_event_id bigint,
  observed_at_ms bigint,
  failed_event_id bigint,
  failed_at_ms bigint
);

-- What staleness is judged by stands beside: the start of the attempt that made it, and since when its data is what it
-- is. `run_id` is the run that touched it last.
create table asset_partition_latest (
  asset text collate "C" not null,
  partition text collate "C" not null,
  materialized_event_id bigint,
  materialized_at_ms bigint,
  materialized_run_id text collate "C",
  data_version text collate "C",
  code_version text collate "C",
  started_event_id bigint,
  changed_event_id bigint,
  changed_at_ms bigint,
  failed_event_id bigint,
  failed_at_ms bigint,
  run_id text collate "C" not null,
  primary key (asset, partition)
);

create table asset_observed_latest (
  asset text collate "C" not null,
  partition text collate "C" not null,
  event_id bigint not null,
  run_id text collate "C" not null,
  at_ms bigint not null,
  data_version text collate "C",
  code_version text collate "C",
  started_event_id bigint not null,
  changed_event_id bigint not null,
  changed_at_ms bigint not null,
  primary key (asset, partition)
);

create table check_latest (
  check_key text collate "C" not null,
  partition text collate "C" not null,
  event_id bigint not null,
  run_id text collate "C" not null,
  at_ms bigint not null,
  passed integer not null,
  severity text collate "C" not null,
  primary key (check_key, partition)
);

create table attachments (
  file text collate "C" primary key,
  event_id bigint not null,
  name text not null,
  media_type text not null,
  size_bytes bigint not null,
  run_id text collate "C" not null,
  step text collate "C" not null,
  asset text collate "C",
  partition text collate "C",
  at_ms bigint not null
);

create index attachments_by_run on attachments (run_id, event_id);
create index attachments_by_asset on attachments (asset, event_id) where asset is not null;
create index attachments_by_time on attachments (event_id);

create table snapshots (
  id text collate "C" primary key,
  created_at_ms bigint not null,
  body text not null
);

create table key_values (
  key text collate "C" primary key,
  value text not null
);
