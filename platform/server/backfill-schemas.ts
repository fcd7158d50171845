import { Type } from "typebox";
import { backfillFilters, backfillOrders, backfillStatuses } from "../core/backfill.ts";
import { atMs, nullable, tags, texts, words } from "./schema-parts.ts";

/** The shapes of backfills. */

const counts = {
  total: Type.Integer(),
  done: Type.Integer(),
  running: Type.Integer(),
  waiting: Type.Integer(),
  failed: Type.Integer(),
  blocked: Type.Integer({ description: "Not tried, because what they need failed." }),
};

const policy = Type.Union([
  Type.Object({ type: Type.Literal("single_run") }, { additionalProperties: false }),
  Type.Object(
    { type: Type.Literal("multi_run"), max_partitions_per_run: Type.Integer({ minimum: 1 }) },
    { additionalProperties: false },
  ),
]);

const fields = {
  id: Type.String(),
  status: words(backfillStatuses),
  selection: Type.String(),
  partition: Type.String({ description: "As it was asked for." }),
  only: nullable(words(backfillFilters)),
  order: words(backfillOrders),
  policy: nullable(policy),
  max_runs: Type.Integer(),
  priority: Type.Integer(),
  tags,
  partitions: Type.Object(counts, { description: "Over all assets." }),
  runs: Type.Object({ planned: Type.Integer(), launched: Type.Integer(), running: Type.Integer() }),
  created_at_ms: atMs,
  updated_at_ms: atMs,
  ended_at_ms: nullable(atMs),
};

export const backfillsSchema = Type.Object({ backfills: Type.Array(Type.Object(fields)) });

export const backfillSchema = Type.Object({
  backfill: Type.Object({
    ...fields,
    assets: Type.Array(
      Type.Object({
        key: Type.String(),
        targets: nullable(Type.String()),
        failed_partitions: nullable(Type.String()),
        blocked_partitions: nullable(Type.String()),
        ...counts,
      }),
    ),
    run_ids: Type.Array(Type.String(), { description: "Runs that have not ended." }),
    reasons: texts,
  }),
});

export const backfillPlanSchema = Type.Object({
  plan: Type.Object({
    selection: Type.String(),
    partition: Type.String(),
    runs: Type.Integer(),
    max_runs: Type.Integer(),
    estimate_ms: nullable(Type.Number()),
    groups: Type.Array(
      Type.Object({
        assets: texts,
        partitions: Type.Integer(),
        runs: Type.Integer(),
        in_order: Type.Boolean({ description: "Whether each run waits for the one before." }),
        run_ms: nullable(Type.Number()),
      }),
    ),
    assets: Type.Array(
      Type.Object({ key: Type.String(), targets: nullable(Type.String()), count: Type.Integer() }),
    ),
    left_out: Type.Array(
      Type.Object({
        asset: Type.String(),
        partitions: nullable(Type.String()),
        count: nullable(Type.Integer()),
        reason: Type.String(),
      }),
    ),
  }),
});

export const backfillRequestSchema = Type.Object(
  {
    selection: Type.String({ description: "Text of a selection, such as `orders+`." }),
    partition: Type.String({
      description: "Text of a partition set, such as `2026-01-01..2026-01-31` or `day=latest,region=eu`.",
    }),
    only: Type.Optional(words(backfillFilters)),
    order: Type.Optional(words(backfillOrders)),
    policy: Type.Optional(policy),
    max_runs: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    priority: Type.Optional(Type.Integer()),
    tags: Type.Optional(tags),
    skip_unready: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);

export const backfillQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    before: Type.Optional(Type.String()),
    status: Type.Optional(Type.String({ description: "One or more, joined by commas." })),
  },
  { additionalProperties: false },
);
