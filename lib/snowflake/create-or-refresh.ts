import { type Row, reveal } from "#platform";
import { sqlIdentifier, sqlLiteral } from "../sql/sql-literal.ts";

export type SnowflakeObjectType = "stage" | "external table";

/** What is to be there: a stage or an external table. */
export interface SnowflakeObject {
  readonly name: string;
  readonly database: string;
  readonly schema: string;
  readonly type: SnowflakeObjectType;
  readonly role: string;
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly as: string }[];
  /** Columns that partition an external table, as SQL. */
  readonly partitionBy?: string;
  /** In the order in which they are written into the statement. */
  readonly options: { readonly [name: string]: unknown };
}

type Execute = (sql: string) => Promise<{ readonly rows: readonly Row[] }>;

const shown: { readonly [Type in SnowflakeObjectType]: string } = {
  stage: "STAGES",
  "external table": "EXTERNAL TABLES",
};

/**
 * Creates the object where it is missing and refreshes it: five statements when it is there, six when it is not.
 * Gives the statements that ran. `SHOW … LIKE` takes `_` for any character, so its rows are compared with the name.
 */
export async function createOrRefresh(
  object: SnowflakeObject,
  execute: Execute,
): Promise<{ created: boolean; statements: string[] }> {
  const statements: string[] = [];
  const run = async (sql: string): Promise<readonly Row[]> => {
    statements.push(sql);
    return (await execute(sql)).rows;
  };
  const type = object.type.toUpperCase();
  await run(`USE ROLE ${nameOf(object.role)};`);
  await run(`USE DATABASE ${nameOf(object.database)};`);
  await run(`USE SCHEMA ${nameOf(object.database)}.${nameOf(object.schema)};`);
  const rows = await run(`SHOW ${shown[object.type]} LIKE ${sqlLiteral(object.name, "snowflake")};`);
  const exists = rows.some(
    (row) => String(row["name"] ?? row["NAME"]).toLowerCase() === object.name.toLowerCase(),
  );
  if (!exists) await run(createStatement(object));
  await run(`ALTER ${type} ${nameOf(object.name)} REFRESH;`);
  return { created: !exists, statements };
}

/** `CREATE OR REPLACE`, with options in the order in which they are written. */
export function createStatement(object: SnowflakeObject): string {
  const { name, database, schema, type, columns = [], partitionBy, options } = object;
  const columnList = columns.map((column) => `${nameOf(column.name)} ${column.type} AS (${column.as})`);
  const lines = [
    `CREATE OR REPLACE ${type.toUpperCase()} ${nameOf(database)}.${nameOf(schema)}.${nameOf(name)}`,
    ...(columnList.length === 0 ? [] : [`(${columnList.join(", ")})`]),
    ...(partitionBy === undefined ? [] : [`PARTITION BY (${partitionBy})`]),
    ...Object.entries(reveal(options)).map(
      ([option, value]) => `${option} = ${optionValue(option, value, type)}`,
    ),
  ];
  return `${lines.join("\n")};`;
}

function optionValue(option: string, value: unknown, type: SnowflakeObjectType): string {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value).map(([name, item]) => `${name} = ${JSON.stringify(item)}`);
    return `( ${entries.join(", ")} )`;
  }
  // The location of an external table is a stage, written as `@name` and not as text.
  if (option === "location" && type !== "stage") return String(value);
  return JSON.stringify(value);
}

/** A plain name as Snowflake folds it, in capitals; any other one quoted as it is. */
function nameOf(name: string): string {
  return /^[a-z_][\w$]*$/i.test(name) ? name.toUpperCase() : sqlIdentifier(name, "snowflake");
}
