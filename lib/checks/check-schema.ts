import { assetKeyAttribute, durationAttribute, type Static, type TProperties, Type } from "#platform";

const shared = {
  name: Type.Optional(
    Type.String({ minLength: 1, description: "Made from the type and the columns unless given." }),
  ),
  asset: Type.Optional(assetKeyAttribute),
  description: Type.Optional(Type.String({ description: "What the check asks, for people." })),
  severity: Type.Optional(
    Type.Union([Type.Literal("warn"), Type.Literal("error")], {
      description: "How bad a failure is: `error` unless given.",
    }),
  ),
  blocking: Type.Optional(
    Type.Boolean({ description: "Whether a failure keeps downstream steps from starting." }),
  ),
};

const where = {
  where: Type.Optional(
    Type.String({ description: "An SQL condition; only rows that meet it are looked at." }),
  ),
};

const column = Type.String({ minLength: 1, description: "The column." });
const columns = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, description: "The columns." });
const bound = (description: string) =>
  Type.Optional(Type.Union([Type.Number(), Type.String()], { description }));
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));

function check<const Name extends string, P extends TProperties>(type: Name, description: string, fields: P) {
  return Type.Object(
    { type: Type.Literal(type), ...shared, ...fields },
    { additionalProperties: false, description },
  );
}

/** One check as written below `checks`. */
export const checkSchema = Type.Union([
  check("row_count", "How many rows there are.", {
    ...where,
    min: Type.Optional(Type.Integer({ minimum: 0, description: "At least so many." })),
    max: Type.Optional(Type.Integer({ minimum: 0, description: "At most so many." })),
    exactly: Type.Optional(Type.Integer({ minimum: 0, description: "Exactly so many." })),
  }),
  check("not_null", "No null in any of the columns.", { ...where, columns }),
  check(
    "unique",
    "No two rows with the same values in the columns; rows with a null in one of them are left out.",
    {
      ...where,
      columns,
    },
  ),
  check("accepted_values", "Only values of a list; null is accepted.", {
    ...where,
    column,
    values: Type.Array(Type.Union([Type.String(), Type.Number(), Type.Boolean()]), { minItems: 1 }),
  }),
  check(
    "pattern",
    "Text that matches an RE2 expression somewhere (`^` and `$` anchor it); null is accepted.",
    {
      ...where,
      column,
      pattern: Type.String({ minLength: 1, description: "The expression." }),
    },
  ),
  check("range", "Values between bounds, which are numbers, dates or moments; null is accepted.", {
    ...where,
    column,
    min: bound("The least value."),
    max: bound("The greatest value."),
    exclusive_min: flag("Whether `min` itself is outside."),
    exclusive_max: flag("Whether `max` itself is outside."),
  }),
  check("required_columns", "Columns that must be there.", { columns }),
  check("columns", "Columns and their DuckDB types.", {
    columns: Type.Array(
      Type.Object(
        {
          name: Type.String({ minLength: 1 }),
          type: Type.Optional(Type.String({ description: "Such as `integer`." })),
        },
        { additionalProperties: false },
      ),
      { minItems: 1 },
    ),
    mode: Type.Optional(
      Type.Union([Type.Literal("exact"), Type.Literal("at_least")], {
        description: "`exact`: no further columns. `at_least` unless given.",
      }),
    ),
  }),
  check("metadata_bounds", "A number among the metadata of the asset's last materialization.", {
    metadata_key: Type.String({ minLength: 1, description: "Name of the metadata value." }),
    min_value: Type.Optional(Type.Number({ description: "The least value." })),
    max_value: Type.Optional(Type.Number({ description: "The greatest value." })),
    exclusive_min: flag("Whether `min_value` itself is outside."),
    exclusive_max: flag("Whether `max_value` itself is outside."),
  }),
  check("sql", "A DuckDB query that gives the failing rows, or one boolean: whether the check passed.", {
    sql: Type.String({
      minLength: 1,
      description: "It reads the asset as `asset`, or by the last part of its key.",
    }),
    inputs: Type.Optional(
      Type.Record(Type.String(), assetKeyAttribute, {
        description: "Further assets, by the name under which it reads them.",
      }),
    ),
  }),
  check("freshness", "Whether the asset was brought up to date recently enough.", {
    max_age: durationAttribute,
    deadline_cron: Type.Optional(
      Type.String({ description: "Asked at these moments only, such as `0 9 * * *`." }),
    ),
    timezone: Type.Optional(Type.String({ description: "Time zone of `deadline_cron`; UTC unless given." })),
  }),
]);

export type CheckAttributes = Static<typeof checkSchema>;
export type CheckOf<Name extends CheckAttributes["type"]> = Extract<CheckAttributes, { type: Name }>;
