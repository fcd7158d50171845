import { Type } from "typebox";
import { componentStatuses } from "../core/definitions-snapshot.ts";
import { freshnessStates } from "../core/freshness.ts";
import { healthStates } from "../core/health.ts";
import { instigatorStatuses } from "../core/job.ts";
import { staleStatuses } from "../core/views.ts";
import { atMs, attachment, event, metadata, nullable, tags, texts, words } from "./schema-parts.ts";

/** The shapes of the API, under the names that its description gives them. They mirror core/views.ts. */

const place = Type.Object({ line: Type.Integer({ minimum: 1 }), column: Type.Integer({ minimum: 1 }) });
const range = Type.Object({ start: place, end: place }, { description: "The end is exclusive." });

const project = Type.Optional(
  Type.String({ description: "Name of its project, where several are open together." }),
);

const problem = Type.Object({
  code: Type.String(),
  project,
  severity: words(["error", "warning"]),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
  file: Type.String(),
  range,
  path: Type.Optional(Type.String()),
  related: Type.Array(Type.Object({ file: Type.String(), range, message: Type.String() })),
  fix: Type.Optional(Type.Array(Type.Object({ file: Type.String(), range, text: Type.String() }))),
});

export const problemsSchema = Type.Object({
  schema: Type.Literal("dop.check/1"),
  summary: Type.Object({
    files: Type.Integer(),
    documents: Type.Integer(),
    assets: Type.Integer(),
    errors: Type.Integer(),
    warnings: Type.Integer(),
  }),
  problems: Type.Array(problem),
});

const component = Type.Object({
  name: Type.String(),
  project,
  file: Type.String(),
  document: Type.Integer(),
  line: Type.Integer(),
  type: Type.String(),
  enabled: Type.Boolean(),
  status: words(componentStatuses),
  needs: texts,
  tools: texts,
  variables: texts,
  assets: texts,
  checks: texts,
  problems: Type.Array(problem),
});

export const componentsSchema = Type.Object({ components: Type.Array(component) });

const health = Type.Object({
  status: words(healthStates),
  materialization: words(healthStates),
  checks: words(healthStates),
  freshness: words(healthStates),
  why: Type.Array(Type.String(), { description: "What speaks against it, in words." }),
});

const asset = Type.Object({
  key: Type.String(),
  deps: texts,
  group: Type.String(),
  kinds: texts,
  owners: texts,
  tags,
  description: nullable(Type.String()),
  metadata: Type.Record(Type.String(), Type.Unknown()),
  automation_condition: nullable(Type.String()),
  freshness_policy: Type.Unknown(),
  partitions: Type.Unknown(),
  materializable: Type.Boolean(),
  component: nullable(Type.Object({ file: Type.String(), document: Type.Integer(), type: Type.String() })),
  code_references: Type.Array(
    Type.Object({ file: Type.String(), line: Type.Integer(), url: Type.Optional(Type.String()) }),
  ),
  status: words(componentStatuses),
  staleness: nullable(words(staleStatuses)),
  health: nullable(health),
  project,
  absent_project: Type.Optional(
    Type.Object(
      { name: Type.String(), folder: nullable(Type.String()) },
      { description: "Who is known to define what nobody defines here." },
    ),
  ),
});

export const assetsSchema = Type.Object({ schema: Type.Literal("dop.assets/1"), assets: Type.Array(asset) });

const moment = Type.Object({
  run_id: Type.String(),
  step: Type.String(),
  at_ms: atMs,
  partition: nullable(Type.String()),
  metadata,
  data_version: nullable(Type.String()),
});

const checkState = Type.Object({
  check: Type.String(),
  name: Type.String(),
  blocking: Type.Boolean(),
  description: nullable(Type.String()),
  latest: nullable(
    Type.Object({
      run_id: Type.String(),
      at_ms: atMs,
      partition: nullable(Type.String()),
      passed: Type.Boolean(),
      severity: words(["warn", "error"]),
      description: nullable(Type.String()),
      metadata,
    }),
  ),
});

const staleness = Type.Object({
  status: words(staleStatuses),
  causes: Type.Array(
    Type.Object({
      kind: words(["code", "data"]),
      asset: Type.String(),
      partition: nullable(Type.String()),
      since_ms: nullable(atMs),
      through: Type.Array(Type.String(), { description: "Assets between, nearest last." }),
    }),
    { description: "Root causes, at most ten." },
  ),
  partitions: nullable(
    Type.Object({
      fresh: Type.Integer(),
      stale: Type.Integer(),
      missing: Type.Integer(),
      stale_set: nullable(Type.String({ description: "A partition set, as requests take it." })),
      missing_set: nullable(Type.String()),
    }),
  ),
});

const assetState = Type.Object({
  key: Type.String(),
  materialized: nullable(moment),
  observed: nullable(moment),
  failed: nullable(moment),
  checks: Type.Array(checkState),
  health,
  freshness: nullable(
    Type.Object({
      state: words(freshnessStates),
      since_ms: nullable(atMs),
      due_ms: nullable(atMs),
      materialized_ms: nullable(atMs),
    }),
  ),
  staleness: nullable(staleness),
});

export const assetStatesSchema = Type.Object({ states: Type.Array(assetState) });

const countedPartitions = Type.Object({
  count: Type.Integer(),
  set: nullable(Type.String({ description: "A partition set, as requests take it." })),
});

export const assetDetailSchema = Type.Object({
  asset,
  state: assetState,
  partitions: nullable(
    Type.Object({
      materialized: countedPartitions,
      failed: countedPartitions,
      in_progress: countedPartitions,
      missing: countedPartitions,
    }),
  ),
  history: Type.Array(event),
  attachments: Type.Array(attachment),
});

/** One project of a server, and whether its definitions are loaded. */
const projectState = Type.Object({
  name: Type.String(),
  status: words(["ready", "loading", "failed"]),
  environment: nullable(Type.String()),
  snapshot_id: nullable(Type.String()),
  failure: nullable(Type.String()),
});

export const projectsSchema = Type.Object({ projects: Type.Array(projectState) });

export const healthSchema = Type.Object({
  status: words(["ready", "loading", "failed"]),
  project: Type.String(),
  environment: nullable(Type.String()),
  snapshot_id: nullable(Type.String()),
  loading_ms: Type.Optional(Type.Number({ description: "How long the first load has taken so far." })),
  failure: nullable(
    Type.String({ description: "Why the last load came to nothing; older definitions stay in use." }),
  ),
});

const target = Type.Object({ selection: Type.Optional(Type.String()), job: Type.Optional(Type.String()) });
const instigator = {
  name: Type.String(),
  description: nullable(Type.String()),
  target: nullable(target),
  default_status: words(instigatorStatuses),
  file: nullable(Type.String()),
};

export const jobsSchema = Type.Object({
  jobs: Type.Array(
    Type.Object({
      name: Type.String(),
      description: nullable(Type.String()),
      selection: Type.String(),
      tags,
      file: nullable(Type.String()),
    }),
  ),
});

export const schedulesSchema = Type.Object({
  schedules: Type.Array(Type.Object({ ...instigator, cron: texts, time_zone: Type.String() })),
});

export const sensorsSchema = Type.Object({
  sensors: Type.Array(
    Type.Object({ ...instigator, kind: Type.String(), minimum_interval_seconds: Type.Number() }),
  ),
});

export const snapshotSchema = Type.Object(
  { schema: Type.Literal("dop.snapshot/1"), id: Type.String(), environment: Type.String() },
  { additionalProperties: true },
);

/** RFC 9457 with a `code` for programs. */
export const errorSchema = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  code: Type.String(),
  detail: Type.String(),
  hint: Type.Optional(Type.String()),
  problems: Type.Optional(Type.Array(problem)),
});
