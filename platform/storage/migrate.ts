import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** One numbered step of the schema; never changed once it is released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The migrations of a dialect in order; throws Error when a number is missing or given twice. */
export function readMigrations(dialect: "sqlite"): Migration[] {
  const folder = fileURLToPath(new URL(`./migrations/${dialect}/`, import.meta.url));
  const files = readdirSync(folder)
    .filter((file) => file.endsWith(".sql"))
    .toSorted();
  return files.map((file, index) => {
    const version = Number(file.slice(0, 4));
    if (version !== index + 1) throw new Error(`the migration ${file} should have the number ${index + 1}`);
    return { version, name: file.slice(5, -4), sql: readFileSync(folder + file, "utf8") };
  });
}

/**
 * Brings the schema up to the newest migration, each in a transaction of its own.
 *
 * Throws StorageError `newer-schema` when the database has been written by a later release.
 */
export async function migrate(
  database: Database & { script(sql: string): void },
  migrations: readonly Migration[],
): Promise<void> {
  database.script(
    "create table if not exists schema_migrations (version integer primary key, name text not null) strict",
  );
  const applied = await database.get<{ version: number | null }>(
    "select max(version) as version from schema_migrations",
  );
  const current = applied?.version ?? 0;
  if (current > migrations.length) {
    throw new StorageError(
      "newer-schema",
      `the database has schema ${current} and this release knows ${migrations.length}: install the release that wrote it`,
    );
  }
  for (const { version, name, sql } of migrations.slice(current)) {
    await database.transaction(
      async (statements) => {
        database.script(sql);
        await statements.run("insert into schema_migrations (version, name) values (:version, :name)", {
          version,
          name,
        });
      },
      { durable: true },
    );
  }
}
