import { type TSchema, Type } from "typebox";
import { componentStatuses } from "../core/definitions-snapshot.ts";
import { stepStatuses } from "../core/event.ts";
import { instigatorStatuses } from "../core/job.ts";
import { runStatuses } from "../core/run.ts";

/** The shapes of the API, under the names that its description gives them. They mirror core/views.ts. */

const words = (list: readonly string[]) => Type.Unsafe<string>({ type: "string", enum: list });
const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const texts = Type.Array(Type.String());
const tags = Type.Record(Type.String(), Type.String());
const metadata = Type.Record(Type.String(), Type.Object({ type: Type.String(), value: Type.Unknown() }), {
  description: "Values by name, each with its type.",
});
const atMs = Type.Number({ description: "Milliseconds since 1970-01-01T00:00Z." });

const place = Type.Object({ line: Type.Integer({ minimum: 1 }), column: Type.Integer({ minimum: 1 }) });
const range = Type.Object({ start: place, end: place }, { description: "The end is exclusive." });

const problem = Type.Object({
  code: Type.String(),
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

const assetState = Type.Object({
  key: Type.String(),
  materialized: nullable(moment),
  observed: nullable(moment),
  failed: nullable(moment),
  checks: Type.Array(checkState),
});

export const assetStatesSchema = Type.Object({ states: Type.Array(assetState) });

const event = Type.Object(
  {
    cursor: Type.Integer(),
    type: Type.String(),
    run_id: Type.String(),
    epoch: Type.Integer(),
    seq: Type.Integer(),
    at_ms: atMs,
  },
  { additionalProperties: true, description: "Further fields by type." },
);

export const assetDetailSchema = Type.Object({
  asset,
  state: assetState,
  partitions: nullable(Type.Object({ materialized: texts, failed: texts, in_progress: texts })),
  history: Type.Array(event),
});

export const runSchema = Type.Object({
  id: Type.String(),
  status: words(runStatuses),
  assets: texts,
  checks: nullable(texts),
  partitions: Type.Unknown(),
  job: nullable(Type.String()),
  tags,
  snapshot_id: Type.String(),
  commit: nullable(Type.String()),
  created_at_ms: atMs,
  started_at_ms: nullable(atMs),
  ended_at_ms: nullable(atMs),
  failure: nullable(Type.String()),
});

export const runsSchema = Type.Object({
  runs: Type.Array(runSchema),
  next: nullable(Type.String({ description: "Give it as `before` to get older runs." })),
});

export const runDetailSchema = Type.Object({
  run: runSchema,
  steps: Type.Array(
    Type.Object({
      key: Type.String(),
      status: words(stepStatuses),
      attempt: Type.Integer(),
      started_at_ms: nullable(atMs),
      ended_at_ms: nullable(atMs),
      failure: nullable(Type.String()),
      assets: texts,
      checks: texts,
      partitions: nullable(texts),
    }),
  ),
});

export const eventsSchema = Type.Object({
  events: Type.Array(event),
  cursor: Type.Integer(),
  more: Type.Boolean(),
});

export const runRequestSchema = Type.Object(
  {
    selection: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 10_000,
        description: "Assets, such as `group:raw` or `orders+`.",
      }),
    ),
    job: Type.Optional(
      Type.String({ minLength: 1, maxLength: 1000, description: "Name of a job, instead of a selection." }),
    ),
    partition: Type.Optional(
      Type.String({ maxLength: 100_000, description: "A partition set, such as `2026-01-01..2026-01-31`." }),
    ),
    tags: Type.Optional(tags),
    skip_unready: Type.Optional(
      Type.Boolean({ description: "Leave out assets whose component cannot run, instead of refusing." }),
    ),
  },
  { additionalProperties: false },
);

export const startedRunSchema = Type.Object({ run: runSchema });

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
