import type { Statements } from "./database.ts";

export async function getCursor(db: Statements, name: string): Promise<string | undefined> {
  const row = await db.get<{ value: string }>("select value from cursors where name = :name", { name });
  return row?.value;
}

export async function setCursor(db: Statements, name: string, value: string | undefined): Promise<void> {
  if (value === undefined) {
    await db.run("delete from cursors where name = :name", { name });
    return;
  }
  await db.run(
    `
    insert into cursors (name, value) values (:name, :value)
    on conflict (name) do update set value = excluded.value
    `,
    { name, value },
  );
}

export interface CursorPage {
  readonly limit: number;
  /** What followed the prefix in the last name of the page before. */
  readonly after?: string;
}

/** Cursors whose name begins with the prefix, by what follows it; by name. Served by the primary key of cursors. */
export async function listCursors(
  db: Statements,
  prefix: string,
  { limit, after }: CursorPage | Record<string, undefined> = {},
): Promise<Map<string, string>> {
  const rows = await db.all<{ name: string; value: string }>(
    `
    select name, value
    from cursors
    where name >= :prefix and name < :end ${after === undefined ? "" : "and name > :after"}
    order by name
    ${limit === undefined ? "" : "limit :limit"}
    `,
    {
      prefix,
      end: `${prefix}\u{10ffff}`,
      ...(after === undefined ? {} : { after: prefix + after }),
      ...(limit === undefined ? {} : { limit }),
    },
  );
  return new Map(rows.map(({ name, value }) => [name.slice(prefix.length), value]));
}

/** Many at once; `null` forgets. Of equal names the last one holds. */
export async function setCursors(
  db: Statements,
  cursors: readonly { readonly name: string; readonly value: string | null }[],
): Promise<void> {
  const values = new Map(cursors.map(({ name, value }) => [name, value]));
  const forgotten = [...values].flatMap(([name, value]) => (value === null ? [name] : []));
  if (forgotten.length > 0)
    await db.run("delete from cursors where name = any(:names)", { names: forgotten });
  await db.insertRows(
    {
      table: "cursors",
      columns: ["name", "value"],
      onConflict: "(name) do update set value = excluded.value",
    },
    [...values].flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

export interface CursorSwap {
  /** `null`: there is none. */
  readonly expected: string | null;
  /** `null` forgets it. */
  readonly value: string | null;
}

/** Sets a cursor if it has the expected value still; whether it had. */
export async function swapCursor(
  db: Statements,
  { name, expected, value }: CursorSwap & { readonly name: string },
): Promise<boolean> {
  if (expected === null && value === null) return (await getCursor(db, name)) === undefined;
  return (await changedRows(db, { name, expected, value })) === 1;
}

function changedRows(
  db: Statements,
  { name, expected, value }: CursorSwap & { readonly name: string },
): Promise<number> {
  if (value === null)
    return db.run("delete from cursors where name = :name and value = :expected", { name, expected });
  if (expected === null)
    return db.run("insert into cursors (name, value) values (:name, :value) on conflict (name) do nothing", {
      name,
      value,
    });
  return db.run("update cursors set value = :value where name = :name and value = :expected", {
    name,
    value,
    expected,
  });
}
