import type { TableColumn } from "../core/metadata.ts";
import type { SqlSession } from "../define/sql-engine.ts";
import { quoteLiteral } from "./sql-text.ts";

export async function columnsOf(session: SqlSession, query: string): Promise<TableColumn[]> {
  const described = await session.query(`describe ${query}`);
  return Array.from(described, (row) => ({
    name: String(row["column_name"]),
    type: String(row["column_type"]),
  }));
}

export interface WrittenTable {
  readonly columns: readonly TableColumn[];
  readonly rows: number;
}

/** Writes the rows of a query to a file, in their order and without holding them; `options` are those of `copy`. */
export async function copyQuery(
  session: SqlSession,
  query: string,
  { file, options }: { readonly file: string; readonly options: string },
): Promise<WrittenTable> {
  const columns = await columnsOf(session, query);
  const [count] = await session.query(
    `copy (${asTheyCome(query, columns)}) to ${quoteLiteral(file)} (${options})`,
  );
  return { columns, rows: Number(count?.["Count"]) };
}

/**
 * A query with the same rows. Behind a source that does not number its pieces DuckDB hands rows on as they
 * come; otherwise it keeps what its threads have ready until it is their turn, which takes memory with the table's size.
 */
export function asTheyCome(query: string, columns: readonly TableColumn[]): string {
  return `select * from (${query}\n) union all select ${columns.map(() => "null").join(", ")} from range(0)`;
}
