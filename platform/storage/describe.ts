import type { Database } from "./database.ts";

/** Of the storage itself, for `dop doctor`. */
export interface StorageDescription {
  readonly dialect: "sqlite" | "postgres";
  /** Number of the newest migration; each dialect counts its own. */
  readonly schema: number;
  readonly sizeBytes: number;
  readonly runs: number;
  readonly events: number;
}

export async function describe(db: Database): Promise<StorageDescription> {
  const counts = await db.get<{ version: number; runs: number; events: number }>(
    `
    select (select max(version) from schema_migrations) as version,
      (select count(*) from runs) as runs,
      (select count(*) from events) as events
    `,
  );
  if (counts === undefined) throw new Error("a query without a table gave no row");
  return {
    dialect: db.dialect,
    schema: counts.version,
    sizeBytes: await db.sizeBytes(),
    runs: counts.runs,
    events: counts.events,
  };
}
