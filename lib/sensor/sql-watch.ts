import { createHash } from "node:crypto";
import type { SensorContext, SensorOutcome } from "#platform";
import type { MakeRequest } from "./watched-request.ts";

export interface SqlWatch {
  readonly resource: string;
  readonly query: string;
  readonly each?: "result" | "row";
}

interface SqlCursor {
  /** Hash of all rows, or of each row, at the look before. */
  readonly seen: string | readonly string[];
  readonly changes: number;
}

const mostRows = 1_000;

/** Asks for a run when the rows are others than before, or for each row that was not there before. */
export async function watchSql(
  { resource: key, query, each = "result" }: SqlWatch,
  { cursor, resources }: Pick<SensorContext, "cursor" | "resources">,
  requestOf: MakeRequest,
): Promise<SensorOutcome> {
  const resource = resources[key] as { query?(sql: string): Promise<readonly object[]> } | undefined;
  if (typeof resource?.query !== "function") throw new Error(`the resource \`${key}\` answers no queries`);
  const rows = (await resource.query(query)).slice(0, mostRows).map(plainRow);
  const before = cursor === null ? undefined : (JSON.parse(cursor) as SqlCursor);
  const changes = before?.changes ?? 0;
  const after = (seen: SqlCursor["seen"], count: number) => ({
    cursor: JSON.stringify({ seen, changes: count } satisfies SqlCursor),
  });
  if (each === "row") {
    const known = new Set(Array.isArray(before?.seen) ? before.seen : []);
    const marks = rows.map((row) => hashOf(JSON.stringify(row)));
    const requests = rows.flatMap((row, place) => {
      const mark = marks[place] as string;
      return known.has(mark) ? [] : [requestOf({ row }, { runKey: `row ${mark}` })];
    });
    if (requests.length === 0) return { ...after(marks, changes), skipReason: "no new row" };
    return { ...after(marks, changes), requests };
  }
  const mark = hashOf(JSON.stringify(rows));
  if (before?.seen === mark) return { skipReason: "nothing has changed" };
  if (before === undefined) return { ...after(mark, 0), skipReason: "first look: noted what is there" };
  const count = changes + 1;
  return {
    ...after(mark, count),
    requests: [requestOf({ row: rows[0] ?? null, rows }, { runKey: `change ${count} ${mark}` })],
  };
}

/** A row as JSON: what that has no form for is text. */
function plainRow(row: object): { readonly [column: string]: unknown } {
  return JSON.parse(
    JSON.stringify(row, (_name, value: unknown) => (typeof value === "bigint" ? String(value) : value)),
  ) as { readonly [column: string]: unknown };
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
