import type { Statements } from "./database.ts";

/** Number of keys that were not there yet. */
export async function addPartitions(
  db: Statements,
  definition: string,
  { keys, at }: { readonly keys: readonly string[]; readonly at: number },
): Promise<number> {
  const added = await db.insertRows<{ id: number }>(
    {
      table: "dynamic_partitions",
      columns: ["definition", "partition", "added_at_ms"],
      returning: "id",
    },
    [...new Set(keys)].map((key) => [definition, key, at]),
  );
  return added.length;
}

/** Number of keys that were there. */
export async function removePartitions(
  db: Statements,
  definition: string,
  keys: readonly string[],
): Promise<number> {
  return db.run("delete from dynamic_partitions where definition = :definition and partition = any(:keys)", {
    definition,
    keys,
  });
}

/** In the order of adding. Served by dynamic_partitions_in_order(definition, id). */
export async function listPartitions(db: Statements, definition: string): Promise<string[]> {
  const rows = await db.all<{ partition: string }>(
    "select partition from dynamic_partitions where definition = :definition order by id",
    { definition },
  );
  return rows.map((row) => row.partition);
}
