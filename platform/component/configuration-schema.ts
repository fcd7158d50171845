import { Type } from "../define/schema-builders.ts";

const folders = Type.Union([Type.String(), Type.Array(Type.String())]);
const numbers = Type.Record(Type.String(), Type.Any());

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
    pools: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 0 }))),
    launcher: Type.Optional(Type.Union([Type.String(), Type.Object({ type: Type.String() })])),
    queue: Type.Optional(numbers),
    retention: Type.Optional(numbers),
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
    server: Type.Optional(numbers),
    daemon: Type.Optional(numbers),
    telemetry: Type.Optional(numbers),
    alerts: Type.Optional(Type.Any()),
  },
  { additionalProperties: false },
);
