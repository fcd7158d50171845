import type { Statements } from "./database.ts";

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
