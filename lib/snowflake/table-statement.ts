import { sqlIdentifier } from "../sql/sql-literal.ts";

export interface TableTarget {
  /** `DATABASE.SCHEMA.NAME`, or with fewer parts in the session's own database and schema. */
  readonly table: string;
  readonly materialization: "table" | "view";
}

/** The statement that stores a query's result. Plain names are folded as Snowflake does, others quoted. */
export function tableStatement({ table, materialization }: TableTarget, query: string): string {
  const name = table
    .split(".")
    .map((part) => (/^[a-z_][\w$]*$/i.test(part) ? part.toUpperCase() : sqlIdentifier(part, "snowflake")))
    .join(".");
  return `CREATE OR REPLACE ${materialization.toUpperCase()} ${name} AS\n${query}`;
}
