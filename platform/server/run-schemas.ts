import { Type } from "typebox";
import { stepStatuses } from "../core/event.ts";
import { retryStrategies, runStatuses } from "../core/run.ts";
import { atMs, attachment, event, nullable, tags, texts, words } from "./schema-parts.ts";

/** The shapes of the API's runs and of what is asked of them. */

export const runSchema = Type.Object({
  id: Type.String(),
  project: Type.Optional(
    Type.String({ description: "Name of its project, where several are open together." }),
  ),
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
  failure_reason: nullable(Type.String()),
  priority: Type.Number(),
  parent_run_id: nullable(Type.String({ description: "The run whose work it does again." })),
  root_run_id: nullable(Type.String()),
  epoch: Type.Integer({ description: "Attempts so far." }),
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
  attachments: Type.Array(attachment),
  notes: Type.Array(Type.Object({ at_ms: atMs, message: Type.String() }), {
    description: "Words of the control plane, such as what the run waits for.",
  }),
  retries: Type.Array(Type.String(), { description: "Runs that do its work again." }),
  retry_at_ms: Type.Union([Type.Number(), Type.Null()], {
    description: "When its retry policy starts it again.",
  }),
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
    config: Type.Optional(
      Type.Object(
        {
          steps: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()))),
          resources: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()))),
        },
        { additionalProperties: false, description: "Over the job's; checked before a run is recorded." },
      ),
    ),
    settings: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description: "Single values by path over `config`, such as `steps.orders.limit`, or a field alone.",
      }),
    ),
    stale: Type.Optional(Type.Boolean({ description: "Only what is stale; then `partition` is left out." })),
    priority: Type.Optional(Type.Integer({ description: "In the queue the higher one goes first." })),
    max_runtime_seconds: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    retry_policy: Type.Optional(
      Type.Object(
        {
          max_retries: Type.Integer({ minimum: 0, maximum: 100 }),
          strategy: Type.Optional(words(retryStrategies)),
          on_step_failure: Type.Optional(Type.Boolean()),
          delay_seconds: Type.Optional(Type.Number({ minimum: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    skip_unready: Type.Optional(
      Type.Boolean({ description: "Leave out assets whose component cannot run, instead of refusing." }),
    ),
  },
  { additionalProperties: false },
);

export const retryRequestSchema = Type.Object(
  {
    strategy: Type.Optional(words(retryStrategies)),
    steps: Type.Optional(Type.Array(Type.String(), { minItems: 1, maxItems: 10_000 })),
    selection: Type.Optional(Type.String({ minLength: 1, maxLength: 10_000 })),
  },
  {
    additionalProperties: false,
    description: "One of the three; `strategy: from_failure` where none is given.",
  },
);

export const startedRunSchema = Type.Object({ run: runSchema });
