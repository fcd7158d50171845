-- A run's attempt while it lasts: it waits for a worker, or a worker holds it under a lease.
create table attempts (
  run_id text primary key,
  epoch integer not null,
  worker text,
  -- Made for one claim, so that a worker can find what it was given when the answer was lost.
  claim text,
  lease_until_ms integer,
  waiting_since_ms integer not null,
  priority integer not null,
  created_at_ms integer not null
) strict, without rowid;

create index attempts_waiting on attempts (priority desc, created_at_ms, run_id) where worker is null;
create index attempts_by_claim on attempts (claim) where claim is not null;

-- Runs of a release that knew no leases: nobody works at them.
insert into attempts (run_id, epoch, waiting_since_ms, priority, created_at_ms)
select id, epoch, 0, priority, created_at_ms from runs where status in ('starting', 'started', 'canceling');

-- A pool that was claimed once or has a limit that people set.
create table pools (
  pool text primary key,
  slot_limit integer
) strict, without rowid;

-- What steps hold, or (step '') runs.
create table pool_leases (
  pool text not null,
  run_id text not null,
  step text not null,
  epoch integer not null,
  slots integer not null,
  claimed_at_ms integer not null,
  primary key (pool, run_id, step)
) strict, without rowid;

create index pool_leases_by_run on pool_leases (run_id, step);

create table ticks (
  id integer primary key autoincrement,
  instigator text not null,
  scheduled_at_ms integer not null,
  status text not null,
  started_at_ms integer not null,
  ended_at_ms integer,
  reason text,
  run_ids text not null,
  body text,
  commit_key text not null
) strict;

create unique index ticks_once on ticks (instigator, scheduled_at_ms);
create index ticks_by_instigator on ticks (instigator, id);
create index ticks_by_time on ticks (started_at_ms);

-- Which run was made for the key of a request, once per source ('' for people and programs).
create table run_keys (
  source text not null,
  run_key text not null,
  run_id text not null,
  primary key (source, run_key)
) strict, without rowid;

create table cursors (
  name text primary key,
  value text not null
) strict, without rowid;

create table dynamic_partitions (
  id integer primary key autoincrement,
  definition text not null,
  partition text not null,
  added_at_ms integer not null
) strict;

create unique index dynamic_partitions_once on dynamic_partitions (definition, partition);
create index dynamic_partitions_in_order on dynamic_partitions (definition, id);

create table attachments (
  file text primary key,
  event_id integer not null,
  name text not null,
  media_type text not null,
  size_bytes integer not null,
  run_id text not null,
  step text not null,
  asset text,
  partition text,
  at_ms integer not null
) strict, without rowid;

create index attachments_by_run on attachments (run_id, event_id);
create index attachments_by_asset on attachments (asset, event_id) where asset is not null;
create index attachments_by_time on attachments (event_id);

alter table runs add column failure_reason text;
alter table runs add column parent_run_id text;
alter table runs add column root_run_id text;
-- Whether its noise has been removed.
alter table runs add column purged integer not null default 0;

create index runs_by_root on runs (root_run_id, created_at_ms, id) where root_run_id is not null;
create index runs_queued on runs (priority desc, created_at_ms, id) where status = 'queued';
create index runs_to_purge on runs (ended_at_ms, id) where purged = 0 and ended_at_ms is not null;
create index runs_by_snapshot on runs (snapshot_id);

-- Runs are listed by tag in the order of time.
alter table run_tags add column created_at_ms integer not null default 0;
update run_tags set created_at_ms = runs.created_at_ms from runs where runs.id = run_tags.run_id;
drop index run_tags_by_value;
create index run_tags_by_value on run_tags (key, value, created_at_ms, run_id);

-- The event of the last start.
alter table run_steps add column started_event_id integer;
create index events_of_starts on events (run_id, step) where type = 'step.started';
update run_steps
set started_event_id = (
  select max(events.id)
  from events
  where events.run_id = run_steps.run_id and events.step = run_steps.step and events.type = 'step.started'
);

-- What staleness is judged by: the start of the attempt that made it, and since when its data is what it is.
alter table asset_partition_latest add column materialized_run_id text;
alter table asset_partition_latest add column started_event_id integer;
alter table asset_partition_latest add column changed_event_id integer;
alter table asset_partition_latest add column changed_at_ms integer;
alter table asset_partition_latest add column code_version text;
update asset_partition_latest
set materialized_run_id = made.run_id,
  started_event_id = coalesce(
    (
      select max(started.id)
      from events as started
      where started.run_id = made.run_id
        and started.step = made.step
        and started.type = 'step.started'
        and started.id < made.id
    ),
    made.id
  ),
  changed_event_id = made.id,
  changed_at_ms = made.at_ms,
  code_version = made.body ->> '$.codeVersion'
from events as made
where made.id = asset_partition_latest.materialized_event_id;

create table asset_observed_latest (
  asset text not null,
  partition text not null,
  event_id integer not null,
  run_id text not null,
  at_ms integer not null,
  data_version text,
  code_version text,
  started_event_id integer not null,
  changed_event_id integer not null,
  changed_at_ms integer not null,
  primary key (asset, partition)
) strict, without rowid;

insert into asset_observed_latest
  (asset, partition, event_id, run_id, at_ms, data_version, code_version, started_event_id, changed_event_id,
    changed_at_ms)
select asset, coalesce(body ->> '$.partition', ''), max(id), run_id, at_ms, body ->> '$.dataVersion',
  body ->> '$.codeVersion',
  coalesce(
    (
      select max(started.id)
      from events as started
      where started.run_id = events.run_id
        and started.step = events.step
        and started.type = 'step.started'
        and started.id < events.id
    ),
    id
  ),
  id, at_ms
from events
where type = 'asset.observed'
group by asset, coalesce(body ->> '$.partition', '');

drop index events_of_starts;

-- Only what the history of an asset shows.
drop index events_by_asset;
create index events_about_asset on events (asset, id)
where type in ('asset.materialized', 'asset.observed', 'asset.failed', 'check.evaluated');
