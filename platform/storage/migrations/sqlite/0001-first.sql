-- The log: facts about runs, appended and never changed. `id` is the cursor of readers.
create table events (
  id integer primary key autoincrement,
  run_id text not null,
  epoch integer not null,
  seq integer not null,
  at_ms integer not null,
  type text not null,
  step text,
  asset text,
  body text not null
) strict;

create unique index events_once on events (run_id, epoch, seq);
create index events_by_run on events (run_id, id);
create index events_by_asset on events (asset, id) where asset is not null;

create table runs (
  id text primary key,
  status text not null,
  request text not null,
  snapshot_id text not null,
  commit_id text,
  epoch integer not null,
  job text,
  priority integer not null,
  created_at_ms integer not null,
  started_at_ms integer,
  ended_at_ms integer,
  failure text,
  plan text
) strict;

create index runs_by_time on runs (created_at_ms, id);
create index runs_by_status on runs (status, created_at_ms, id);

create table run_tags (
  run_id text not null,
  key text not null,
  value text not null,
  primary key (run_id, key)
) strict, without rowid;

create index run_tags_by_value on run_tags (key, value, run_id);

create table run_steps (
  run_id text not null,
  step text not null,
  position integer not null,
  status text not null,
  attempt integer not null,
  started_at_ms integer,
  ended_at_ms integer,
  failure text,
  primary key (run_id, step)
) strict, without rowid;

-- What a run was planned to bring up to date. The unpartitioned asset has the partition ''.
create table run_outputs (
  run_id text not null,
  asset text not null,
  partition text not null,
  step text not null,
  primary key (run_id, asset, partition)
) strict, without rowid;

create index run_outputs_by_asset on run_outputs (asset, run_id);

create table asset_latest (
  asset text primary key,
  materialized_event_id integer,
  materialized_at_ms integer,
  observed_event_id integer,
  observed_at_ms integer,
  failed_event_id integer,
  failed_at_ms integer
) strict, without rowid;

create table asset_partition_latest (
  asset text not null,
  partition text not null,
  materialized_event_id integer,
  materialized_at_ms integer,
  data_version text,
  failed_event_id integer,
  failed_at_ms integer,
  run_id text not null,
  primary key (asset, partition)
) strict, without rowid;

create table check_latest (
  check_key text not null,
  partition text not null,
  event_id integer not null,
  run_id text not null,
  at_ms integer not null,
  passed integer not null,
  severity text not null,
  primary key (check_key, partition)
) strict, without rowid;

create table snapshots (
  id text primary key,
  created_at_ms integer not null,
  body text not null
) strict;

create table key_values (
  key text primary key,
  value text not null
) strict, without rowid;
