import { retryStrategies } from "../core/run.ts";
import { durationAttribute } from "../define/asset-attributes.ts";
import { Type } from "../define/schema-builders.ts";

const folders = Type.Union([Type.String(), Type.Array(Type.String())]);
const numbers = Type.Record(Type.String(), Type.Any());

const pool = Type.Union([
  Type.Integer({ minimum: 0 }),
  Type.Object(
    { limit: Type.Integer({ minimum: 0 }), granularity: Type.Optional(Type.Enum(["step", "run"])) },
    { additionalProperties: false },
  ),
]);

const tagLimit = Type.Object(
  {
    key: Type.String({ minLength: 1 }),
    value: Type.Optional(Type.String()),
    per_value: Type.Optional(Type.Boolean()),
    limit: Type.Integer({ minimum: 0 }),
  },
  { additionalProperties: false },
);

const queue = Type.Object(
  {
    max_concurrent_runs: Type.Optional(Type.Integer({ minimum: 1 })),
    tag_limits: Type.Optional(Type.Array(tagLimit)),
    runs_per_worker: Type.Optional(Type.Integer({ minimum: 1 })),
    worker_silence: Type.Optional(durationAttribute),
    max_resumes: Type.Optional(Type.Integer({ minimum: 0 })),
    start_timeout: Type.Optional(durationAttribute),
    max_runtime: Type.Optional(durationAttribute),
    retries: Type.Optional(
      Type.Object(
        {
          max: Type.Integer({ minimum: 0 }),
          strategy: Type.Optional(Type.Enum([...retryStrategies])),
          on_step_failure: Type.Optional(Type.Boolean()),
          delay: Type.Optional(durationAttribute),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);

const retention = Type.Object(
  {
    attachment_bytes: Type.Optional(Type.Integer({ minimum: 0 })),
    runs: Type.Optional(durationAttribute),
  },
  { additionalProperties: false },
);

/** Of `dop server`; what the command line says goes before. */
const server = Type.Object(
  {
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
    token: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);

/** Of the DuckDB in which a run stores and queries tables; its own defaults hold for what is not given. */
const duckdb = Type.Object(
  {
    memory: Type.Optional(Type.String({ pattern: "^[0-9]+(\\.[0-9]+)? ?([KMGT]i?B)$" })),
    threads: Type.Optional(Type.Integer({ minimum: 1 })),
  },
  { additionalProperties: false },
);

/** What `package.json` may hold under `dop`. */
export const configurationSchema = Type.Object(
  {
    defs: Type.Optional(folders),
    registry: Type.Optional(Type.Record(Type.String(), Type.String())),
    env: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Object(
          {
            secret: Type.Optional(Type.Boolean()),
            required_in: Type.Optional(Type.Array(Type.String())),
            description: Type.Optional(Type.String()),
            default: Type.Optional(Type.String()),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    environments: Type.Optional(
      Type.Array(
        Type.Object(
          {
            name: Type.String({ minLength: 1 }),
            when: Type.Optional(Type.Record(Type.String(), Type.String())),
            defs: Type.Optional(
              Type.Union([
                Type.String(),
                Type.Array(Type.String()),
                Type.Object(
                  {
                    add: Type.Optional(Type.Array(Type.String())),
                    leave_out: Type.Optional(Type.Array(Type.String())),
                  },
                  { additionalProperties: false },
                ),
              ]),
            ),
            key_prefix: Type.Optional(Type.String()),
          },
          { additionalProperties: false },
        ),
      ),
    ),
    storage: Type.Optional(Type.Object({ url: Type.String() }, { additionalProperties: false })),
    io: Type.Optional(Type.String()),
    pools: Type.Optional(Type.Record(Type.String(), pool)),
    projects: Type.Optional(Type.Record(Type.String(), Type.String({ minLength: 1 }))),
    launcher: Type.Optional(Type.Union([Type.String(), Type.Object({ type: Type.String() })])),
    queue: Type.Optional(queue),
    retention: Type.Optional(retention),
    duckdb: Type.Optional(duckdb),
    rules: Type.Optional(
      Type.Record(
        Type.String(),
        Type.Union([
          Type.Enum(["off", "warning", "error"]),
          Type.Object(
            {
              severity: Type.Optional(Type.Enum(["warning", "error"])),
              exempt: Type.Optional(Type.Array(Type.String())),
            },
            { additionalProperties: false },
          ),
        ]),
      ),
    ),
    server: Type.Optional(server),
    daemon: Type.Optional(numbers),
    telemetry: Type.Optional(numbers),
    alerts: Type.Optional(Type.Any()),
  },
  { additionalProperties: false },
);
