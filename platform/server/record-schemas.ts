import { Type } from "typebox";
import { atMs, nullable, words } from "./schema-parts.ts";

/** The shapes of what is remembered besides runs. */

const pool = Type.Object({
  name: Type.String(),
  limit: nullable(Type.Integer()),
  defined_limit: nullable(Type.Integer()),
  set_limit: nullable(Type.Integer()),
  granularity: words(["step", "run"]),
  used: Type.Integer(),
  leases: Type.Array(
    Type.Object({
      run_id: Type.String(),
      step: nullable(Type.String()),
      slots: Type.Integer(),
      claimed_at_ms: atMs,
    }),
  ),
});

export const poolsSchema = Type.Object({ pools: Type.Array(pool) });
export const poolSchema = Type.Object({ pool });
export const poolLimitSchema = Type.Object(
  { limit: Type.Union([Type.Integer({ minimum: 0, maximum: 1_000_000 }), Type.Null()]) },
  { additionalProperties: false },
);

const dynamicPartitions = Type.Object({
  name: Type.String(),
  used_by: Type.Array(Type.String()),
  count: Type.Integer(),
  keys: Type.Array(Type.String()),
});

export const allPartitionsSchema = Type.Object({ partitions: Type.Array(dynamicPartitions) });
export const partitionsSchema = Type.Object({ partitions: dynamicPartitions });
export const partitionKeysSchema = Type.Object(
  { keys: Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), { minItems: 1, maxItems: 100_000 }) },
  { additionalProperties: false },
);

export const storageSchema = Type.Object({
  dialect: words(["sqlite", "postgres"]),
  schema_version: Type.Integer(),
  size_bytes: Type.Number(),
  runs: Type.Integer(),
  events: Type.Integer(),
});

export const purgeRequestSchema = Type.Object(
  { before_ms: Type.Number({ minimum: 0 }), dry_run: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);

export const purgeSchema = Type.Object({
  before_ms: atMs,
  dry_run: Type.Boolean(),
  events: Type.Integer(),
  plans: Type.Integer(),
  snapshots: Type.Integer(),
  ticks: Type.Integer(),
  deliveries: Type.Integer(),
  folders: Type.Integer(),
});
