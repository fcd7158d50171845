-- A database of schema 1 with four runs: one succeeded, one failed, one in progress, one queued.
create table schema_migrations (version integer primary key, name text not null) strict;
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
create table run_tags (
  run_id text not null,
  key text not null,
  value text not null,
  primary key (run_id, key)
) strict, without rowid;
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
create table run_outputs (
  run_id text not null,
  asset text not null,
  partition text not null,
  step text not null,
  primary key (run_id, asset, partition)
) strict, without rowid;
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
insert into schema_migrations (version, name) values (1, 'first');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (1, 'run-1', 0, 1, 2001, 'run.starting', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (2, 'run-1', 1, 1, 3101, 'run.started', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (3, 'run-1', 1, 2, 3102, 'step.started', 'orders', null, '{"step":"orders","attempt":1}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (4, 'run-1', 1, 3, 3103, 'asset.materialized', 'orders', 'orders', '{"step":"orders","asset":"orders","partition":"2026-01-01","metadata":{"row_count":{"type":"int","value":3}},"dataVersion":"v1","codeVersion":"code-1"}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (5, 'run-1', 1, 4, 3104, 'check.evaluated', 'orders', 'orders', '{"step":"orders","check":"orders:fine","partition":null,"passed":true,"severity":"error","blocking":true,"metadata":{}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (6, 'run-1', 1, 5, 3105, 'asset.failed', 'orders', 'orders', '{"step":"orders","asset":"orders","partition":"2026-01-02","error":{"name":"Error","message":"no"}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (7, 'run-1', 1, 6, 3106, 'step.retrying', 'orders', null, '{"step":"orders","attempt":1,"delayMs":1,"error":{"name":"Error","message":"no"}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (8, 'run-1', 1, 7, 3107, 'step.started', 'orders', null, '{"step":"orders","attempt":2}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (9, 'run-1', 1, 8, 3108, 'asset.materialized', 'orders', 'orders', '{"step":"orders","asset":"orders","partition":"2026-01-02","metadata":{"row_count":{"type":"int","value":3}},"dataVersion":"v2","codeVersion":"code-1"}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (10, 'run-1', 1, 9, 3109, 'step.succeeded', 'orders', null, '{"step":"orders","durationMs":5}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (11, 'run-1', 1, 10, 3110, 'run.succeeded', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (12, 'run-2', 0, 1, 2002, 'run.starting', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (13, 'run-2', 1, 1, 3201, 'run.started', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (14, 'run-2', 1, 2, 3202, 'step.started', 'orders', null, '{"step":"orders","attempt":1}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (15, 'run-2', 1, 3, 3203, 'asset.observed', 'orders', 'source', '{"step":"orders","asset":"source","partition":null,"metadata":{},"dataVersion":"o1"}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (16, 'run-2', 1, 4, 3204, 'asset.failed', 'orders', 'orders', '{"step":"orders","asset":"orders","partition":"2026-01-01","error":{"name":"Error","message":"no"}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (17, 'run-2', 1, 5, 3205, 'step.failed', 'orders', null, '{"step":"orders","durationMs":4,"error":{"name":"Error","message":"no"}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (18, 'run-2', 1, 6, 3206, 'run.failed', null, null, '{"error":{"name":"Error","message":"step failed"}}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (19, 'run-3', 0, 1, 2003, 'run.starting', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (20, 'run-3', 1, 1, 3301, 'run.started', null, null, '{}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (21, 'run-3', 1, 2, 3302, 'step.started', 'orders', null, '{"step":"orders","attempt":1}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (22, 'run-3', 1, 3, 3303, 'log', 'orders', null, '{"level":"info","message":"at work","step":"orders"}');
insert into events (id, run_id, epoch, seq, at_ms, type, step, asset, body) values (23, 'run-4', 0, 1, 1, 'run.queued', null, null, '{}');
insert into runs (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, started_at_ms, ended_at_ms, failure, plan) values ('run-1', 'success', '{"assets":["orders"],"tags":{"team":"shop"}}', 'snapshot-1', null, 1, null, 0, 1001, 3101, 3110, null, '{"snapshotId":"snapshot-1","request":{"assets":[],"tags":{}},"pools":{},"resources":{},"ioManagers":{},"steps":[{"key":"orders","execution":"materialize","assets":["orders"],"checks":[],"partitions":["2026-01-01","2026-01-02"]}]}');
insert into runs (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, started_at_ms, ended_at_ms, failure, plan) values ('run-2', 'failure', '{"assets":["orders"],"tags":{"team":"shop"}}', 'snapshot-1', null, 1, null, 0, 1002, 3201, 3206, 'step failed', '{"snapshotId":"snapshot-1","request":{"assets":[],"tags":{}},"pools":{},"resources":{},"ioManagers":{},"steps":[{"key":"orders","execution":"materialize","assets":["orders"],"checks":[],"partitions":["2026-01-01","2026-01-02"]}]}');
insert into runs (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, started_at_ms, ended_at_ms, failure, plan) values ('run-3', 'started', '{"assets":["orders"],"tags":{"team":"other"}}', 'snapshot-1', null, 1, null, 0, 1003, 3301, null, null, '{"snapshotId":"snapshot-1","request":{"assets":[],"tags":{}},"pools":{},"resources":{},"ioManagers":{},"steps":[{"key":"orders","execution":"materialize","assets":["orders"],"checks":[],"partitions":["2026-01-01","2026-01-02"]}]}');
insert into runs (id, status, request, snapshot_id, commit_id, epoch, job, priority, created_at_ms, started_at_ms, ended_at_ms, failure, plan) values ('run-4', 'queued', '{"assets":["orders"],"tags":{"team":"shop"}}', 'snapshot-1', null, 0, null, 0, 1004, null, null, null, '{"snapshotId":"snapshot-1","request":{"assets":[],"tags":{}},"pools":{},"resources":{},"ioManagers":{},"steps":[{"key":"orders","execution":"materialize","assets":["orders"],"checks":[],"partitions":["2026-01-01","2026-01-02"]}]}');
insert into run_tags (run_id, key, value) values ('run-3', 'team', 'other');
insert into run_tags (run_id, key, value) values ('run-1', 'team', 'shop');
insert into run_tags (run_id, key, value) values ('run-2', 'team', 'shop');
insert into run_tags (run_id, key, value) values ('run-4', 'team', 'shop');
insert into run_steps (run_id, step, position, status, attempt, started_at_ms, ended_at_ms, failure) values ('run-1', 'orders', 0, 'success', 2, 3102, 3109, null);
insert into run_steps (run_id, step, position, status, attempt, started_at_ms, ended_at_ms, failure) values ('run-2', 'orders', 0, 'failure', 1, 3202, 3205, 'no');
insert into run_steps (run_id, step, position, status, attempt, started_at_ms, ended_at_ms, failure) values ('run-3', 'orders', 0, 'running', 1, 3302, null, null);
insert into run_steps (run_id, step, position, status, attempt, started_at_ms, ended_at_ms, failure) values ('run-4', 'orders', 0, 'pending', 0, null, null, null);
insert into run_outputs (run_id, asset, partition, step) values ('run-1', 'orders', '2026-01-01', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-1', 'orders', '2026-01-02', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-2', 'orders', '2026-01-01', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-2', 'orders', '2026-01-02', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-3', 'orders', '2026-01-01', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-3', 'orders', '2026-01-02', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-4', 'orders', '2026-01-01', 'orders');
insert into run_outputs (run_id, asset, partition, step) values ('run-4', 'orders', '2026-01-02', 'orders');
insert into asset_latest (asset, materialized_event_id, materialized_at_ms, observed_event_id, observed_at_ms, failed_event_id, failed_at_ms) values ('orders', 9, 3108, null, null, 16, 3204);
insert into asset_latest (asset, materialized_event_id, materialized_at_ms, observed_event_id, observed_at_ms, failed_event_id, failed_at_ms) values ('source', null, null, 15, 3203, null, null);
insert into asset_partition_latest (asset, partition, materialized_event_id, materialized_at_ms, data_version, failed_event_id, failed_at_ms, run_id) values ('orders', '2026-01-01', 4, 3103, 'v1', 16, 3204, 'run-2');
insert into asset_partition_latest (asset, partition, materialized_event_id, materialized_at_ms, data_version, failed_event_id, failed_at_ms, run_id) values ('orders', '2026-01-02', 9, 3108, 'v2', 6, 3105, 'run-1');
insert into check_latest (check_key, partition, event_id, run_id, at_ms, passed, severity) values ('orders:fine', '', 5, 'run-1', 3104, 1, 'error');
insert into snapshots (id, created_at_ms, body) values ('snapshot-1', 1, '{"schema":"dop.snapshot/1","id":"snapshot-1"}');
insert into key_values (key, value) values ('key', 'value');
create unique index events_once on events (run_id, epoch, seq);
create index events_by_run on events (run_id, id);
create index events_by_asset on events (asset, id) where asset is not null;
create index runs_by_time on runs (created_at_ms, id);
create index runs_by_status on runs (status, created_at_ms, id);
create index run_tags_by_value on run_tags (key, value, run_id);
create index run_outputs_by_asset on run_outputs (asset, run_id);
