import { Type } from "typebox";
import { instigatorStatuses } from "../core/job.ts";
import { atMs, nullable, words } from "./schema-parts.ts";

/** The shapes of schedules, sensors, automation groups and their ticks. */

const tick = Type.Object({
  id: Type.Integer(),
  scheduled_at_ms: atMs,
  started_at_ms: atMs,
  ended_at_ms: nullable(atMs),
  status: words(["started", "success", "skipped", "failure"]),
  reason: nullable(Type.String()),
  run_ids: Type.Array(Type.String()),
  body: Type.Optional(Type.Unknown()),
});

const instigator = Type.Object({
  name: Type.String(),
  kind: words(["schedule", "sensor"]),
  type: nullable(Type.String()),
  description: nullable(Type.String()),
  status: words(instigatorStatuses),
  default_status: words(instigatorStatuses),
  switched_at_ms: nullable(atMs),
  target: nullable(Type.String()),
  cron: nullable(Type.Array(Type.String())),
  time_zone: nullable(Type.String()),
  minimum_interval_seconds: nullable(Type.Number()),
  next: nullable(Type.Object({ at_ms: atMs, partitions: nullable(Type.Array(Type.String())) })),
  last_tick: nullable(tick),
});

export const instigatorsSchema = Type.Object({ instigators: Type.Array(instigator) });
export const instigatorSchema = Type.Object({ instigator });
export const ticksSchema = Type.Object({ ticks: Type.Array(tick) });
export const tickQuerySchema = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);
export const noBodySchema = Type.Object({}, { additionalProperties: false });
