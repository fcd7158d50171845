import { sqlIdentifier, sqlLiteral } from "../sql/sql-literal.ts";
import type { CheckOf } from "./check-schema.ts";

/** Checks that judge each row by itself. */
export type RowCheck =
  | CheckOf<"not_null">
  | CheckOf<"accepted_values">
  | CheckOf<"pattern">
  | CheckOf<"range">;

/** The asset's rows as a subquery, restricted by the check's `where`. */
export function rowsOf(relation: string, where: string | undefined): string {
  return `(select * from ${relation}${where === undefined ? "" : ` where (${where}\n)`})`;
}

/** An SQL condition that is true for the rows that fail; never null. */
export function failureCondition(check: RowCheck): string {
  switch (check.type) {
    case "not_null":
      return check.columns.map((name) => `${quoted(name)} is null`).join(" or ");
    case "accepted_values":
      return `coalesce(${quoted(check.column)} not in ${literal(check.values)}, false)`;
    case "pattern":
      return `coalesce(not regexp_matches(${quoted(check.column)}::varchar, ${literal(check.pattern)}), false)`;
    case "range":
      return `coalesce(${rangeFailures(check).join(" or ")}, false)`;
  }
}

/** One row: how many rows there are and how many of them fail. */
export function countFailures(rows: string, condition: string): string {
  return `select count(*) as total, count(*) filter (where ${condition}) as failed from ${rows} as checked`;
}

/** Some of the failing rows. */
export function sampleFailures(rows: string, condition: string, limit: number): string {
  return `select * from ${rows} as checked where ${condition} limit ${limit}`;
}

/** Combinations of the columns that occur more than once, with their count, the most frequent first. */
export function duplicatesOf(rows: string, columns: readonly string[]): string {
  const names = columns.map(quoted).join(", ");
  const present = columns.map((name) => `${quoted(name)} is not null`).join(" and ");
  return `select ${names}, count(*) as occurrences from ${rows} as checked where ${present} group by ${names} having count(*) > 1 order by occurrences desc, ${names}`;
}

function rangeFailures({ column, min, max, exclusive_min, exclusive_max }: CheckOf<"range">): string[] {
  return [
    ...(min === undefined ? [] : [`${quoted(column)} ${exclusive_min ? "<=" : "<"} ${literal(min)}`]),
    ...(max === undefined ? [] : [`${quoted(column)} ${exclusive_max ? ">=" : ">"} ${literal(max)}`]),
  ];
}

function quoted(name: string): string {
  return sqlIdentifier(name, "duckdb");
}

function literal(value: unknown): string {
  return sqlLiteral(value, "duckdb");
}
