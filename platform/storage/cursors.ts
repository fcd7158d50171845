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

/** Cursors whose name begins with the prefix, by what follows it. Served by the primary key of cursors. */
export async function listCursors(db: Statements, prefix: string): Promise<Map<string, string>> {
  const rows = await db.all<{ name: string; value: string }>(
    "select name, value from cursors where name >= :prefix and name < :after",
    { prefix, after: `${prefix}\u{10ffff}` },
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

/** Sets a cursor if it has the expected value still (`null`: none); whether it had. */
export async function swapCursor(
  db: Statements,
  {
    name,
    expected,
    value,
  }: { readonly name: string; readonly expected: string | null; readonly value: string },
): Promise<boolean> {
  const changed =
    expected === null
      ? await db.run(
          "insert into cursors (name, value) values (:name, :value) on conflict (name) do nothing",
          {
            name,
            value,
          },
        )
      : await db.run("update cursors set value = :value where name = :name and value = :expected", {
          name,
          value,
          expected,
        });
  return changed === 1;
}
