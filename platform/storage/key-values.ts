import type { Statements, TransactionTry } from "./database.ts";

export async function getValue(db: Statements, key: string): Promise<string | undefined> {
  const row = await db.get<{ value: string }>("select value from key_values where key = :key", { key });
  return row?.value;
}

export async function setValue(db: Statements, key: string, value: string | undefined): Promise<void> {
  if (value === undefined) {
    await db.run("delete from key_values where key = :key", { key });
    return;
  }
  await db.run(
    `
    insert into key_values (key, value) values (:key, :value)
    on conflict (key) do update set value = excluded.value
    `,
    { key, value },
  );
}

export interface ValueSwap {
  readonly expected: string | undefined;
  readonly value: string | undefined;
}

/** Whether the value was the expected one; or is the new one already, after a try whose answer was lost. */
export async function swapValue(
  db: Statements,
  key: string,
  { expected, value, uncertain }: ValueSwap & TransactionTry,
): Promise<boolean> {
  if (uncertain && (await getValue(db, key)) === value) return true;
  return (await swap(db, key, { expected, value })) === 1;
}

async function swap(db: Statements, key: string, { expected, value }: ValueSwap): Promise<number> {
  if (expected === undefined) {
    if (value === undefined) return (await getValue(db, key)) === undefined ? 1 : 0;
    return db.run("insert into key_values (key, value) values (:key, :value) on conflict (key) do nothing", {
      key,
      value,
    });
  }
  if (value === undefined) {
    return db.run("delete from key_values where key = :key and value = :expected", { key, expected });
  }
  return db.run("update key_values set value = :value where key = :key and value = :expected", {
    key,
    value,
    expected,
  });
}
