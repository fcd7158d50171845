import { type TSchema, Type } from "typebox";

/** What the shapes of the API are made of. */

export const words = (list: readonly string[]) => Type.Unsafe<string>({ type: "string", enum: list });
export const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);
export const texts = Type.Array(Type.String());
export const tags = Type.Record(Type.String(), Type.String());
export const metadata = Type.Record(
  Type.String(),
  Type.Object({ type: Type.String(), value: Type.Unknown() }),
  {
    description: "Values by name, each with its type.",
  },
);
export const atMs = Type.Number({ description: "Milliseconds since 1970-01-01T00:00Z." });

export const attachment = Type.Object({
  file: Type.String({ description: "By which `/api/v1/files/{file}` gives it." }),
  name: Type.String(),
  media_type: Type.String(),
  size_bytes: Type.Integer(),
  run_id: Type.String(),
  step: Type.String(),
  asset: nullable(Type.String()),
  partition: nullable(Type.String()),
  at_ms: atMs,
});

export const event = Type.Object(
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
