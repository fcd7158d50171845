create table backfills (
  id text collate "C" primary key,
  status text collate "C" not null,
  request text not null,
  state text not null,
  -- Counts changes; who changes it names the one that was read.
  version integer not null,
  -- Of the newest change, so that it is known again when its answer was lost.
  commit_key text not null,
  created_at_ms bigint not null,
  updated_at_ms bigint not null,
  ended_at_ms bigint
);

create index backfills_by_age on backfills (created_at_ms, id);
create index backfills_active on backfills (id) where ended_at_ms is null;
