import type { SqlSession } from "../define/sql-engine.ts";
import { type Row, StepError } from "../define/step.ts";
import { columnsOf } from "./copy-query.ts";
import { rowsOf } from "./row-batches.ts";
import { quoteIdentifier, quoteLiteral, quoteText } from "./sql-text.ts";

/** Name of the column that tells, while slices are joined, where a row comes from. */
export const sourceColumn = "dop source of the row";

/**
 * A table expression over `relation`, whose column `sourceColumn` holds one of `sources`, with the partition of each
 * row in `column`. A column of that name which the rows have is left out.
 */
export async function withPartitionColumn(
  session: SqlSession,
  relation: string,
  { column, sources }: { readonly column: string; readonly sources: ReadonlyMap<string, string> },
): Promise<string> {
  const hidden = await sameNamed(session, relation, [sourceColumn, column]);
  const pairs = [...sources].map(
    ([source, partition]) => `(${quoteLiteral(source)}, ${quoteText(partition)})`,
  );
  return `(select rows.* exclude (${hidden.join(", ")}), partitions.key as ${quoteIdentifier(column)} from ${relation} as rows join (values ${pairs.join(", ")}) as partitions(source, key) on rows.${quoteIdentifier(sourceColumn)} = partitions.source)`;
}

/** DuckDB does not tell capitals from small letters in names. */
async function sameNamed(session: SqlSession, relation: string, names: readonly string[]): Promise<string[]> {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const columns = await columnsOf(session, `select * from ${relation}`);
  return columns
    .filter(({ name }) => wanted.has(name.toLowerCase()))
    .map(({ name }) => quoteIdentifier(name));
}

/** Rows of slices with the partition of each. Throws StepError for a value that is no table. */
export async function labelledRows(
  slices: Iterable<readonly [partition: string, value: unknown]>,
  column: string,
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [partition, value] of slices) {
    for (const row of await rowsOf(value)) rows.push({ ...row, [column]: partition });
  }
  return rows;
}

/** Throws StepError where rows were to say their partition and do not. */
export function requirePartitionColumn(value: unknown, { column, io }: { column: string; io: string }): void {
  const isLabelled = Array.isArray(value) && value.every((row: Row) => Object.hasOwn(row, column));
  if (isLabelled) return;
  throw new StepError(
    `the IO manager \`${io}\` does not say the partition of each row: load the slices one by one`,
    { retry: "never" },
  );
}
