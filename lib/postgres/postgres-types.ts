/** The type of Postgres that holds what a column of DuckDB holds. */
export function postgresType(duckDbType: string): string {
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(duckDbType);
  if (decimal !== null) return `numeric(${decimal[1]},${decimal[2]})`;
  if (isNested(duckDbType)) return "jsonb";
  return scalarTypes[duckDbType] ?? "text";
}

/** How a column of DuckDB is written into a CSV file that Postgres reads. */
export function writtenColumn(name: string, duckDbType: string): string {
  if (duckDbType === "BLOB") return `('\\x' || lower(hex(${name}))) as ${name}`;
  if (isNested(duckDbType)) return `to_json(${name})::varchar as ${name}`;
  return name;
}

/** The type of DuckDB for a type as Postgres' `format_type` writes it, such as `numeric(6,2)`. */
export function duckDbType(postgresType: string): string {
  const [, precision, scale = "0"] = /^numeric\((\d+)(?:,(\d+))?\)$/.exec(postgresType) ?? [];
  if (precision !== undefined) {
    if (scale === "0" && Number(precision) > 18) return "HUGEINT";
    return Number(precision) > 38 ? "DOUBLE" : `DECIMAL(${precision},${scale})`;
  }
  return readTypes[postgresType.replace(/\(\d+\)/, "")] ?? "VARCHAR";
}

/** How a column that was read from Postgres' CSV becomes what it was. */
export function readColumn(name: string, postgresType: string): string {
  return postgresType === "bytea" ? `unhex(substr(${name}, 3)) as ${name}` : name;
}

function isNested(type: string): boolean {
  return type === "JSON" || type.endsWith("]") || /^(STRUCT|MAP|UNION)\(/.test(type);
}

const scalarTypes: { readonly [type: string]: string } = {
  BOOLEAN: "boolean",
  TINYINT: "smallint",
  UTINYINT: "smallint",
  SMALLINT: "smallint",
  USMALLINT: "integer",
  INTEGER: "integer",
  UINTEGER: "bigint",
  BIGINT: "bigint",
  UBIGINT: "numeric(20,0)",
  HUGEINT: "numeric(39,0)",
  UHUGEINT: "numeric(39,0)",
  FLOAT: "real",
  DOUBLE: "double precision",
  DATE: "date",
  TIMESTAMP: "timestamp without time zone",
  TIMESTAMP_S: "timestamp without time zone",
  TIMESTAMP_MS: "timestamp without time zone",
  TIMESTAMP_NS: "timestamp without time zone",
  "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
  TIME: "time without time zone",
  UUID: "uuid",
  BLOB: "bytea",
};

const readTypes: { readonly [type: string]: string } = {
  boolean: "BOOLEAN",
  smallint: "SMALLINT",
  integer: "INTEGER",
  bigint: "BIGINT",
  numeric: "DOUBLE",
  real: "FLOAT",
  "double precision": "DOUBLE",
  date: "DATE",
  "timestamp without time zone": "TIMESTAMP",
  "timestamp with time zone": "TIMESTAMPTZ",
  "time without time zone": "TIME",
  uuid: "UUID",
  json: "JSON",
  jsonb: "JSON",
};
