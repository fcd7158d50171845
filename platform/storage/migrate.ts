import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Database, Statements } from "./database.ts";
import { StorageError } from "./storage-error.ts";

/** One numbered step of the schema; never changed once it is released. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
}

/** The migrations of a dialect in order; throws Error when a number is missing or given twice. */
export function readMigrations(dialect: Database["dialect"]): Migration[] {
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
 * Brings the schema up to the newest migration, each in a transaction of its own; of several processes that do it at
 * once each step is done by one.
 *
 * Throws StorageError `newer-schema` when the database has been written by a later release.
 */
export async function migrate(database: Database, migrations: readonly Migration[]): Promise<void> {
  const step = () =>
    database.transaction((statements) => applyNext(statements, database.dialect, migrations), {
      durable: true,
      appends: true,
    });
  while ((await step()) === "applied");
}

async function applyNext(
  statements: Statements,
  dialect: Database["dialect"],
  migrations: readonly Migration[],
): Promise<"applied" | "current"> {
  const strict = dialect === "sqlite" ? "strict" : "";
  await statements.script(
    `create table if not exists schema_migrations (version integer primary key, name text not null) ${strict}`,
  );
  const applied = await statements.get<{ version: number | null }>(
    "select max(version) as version from schema_migrations",
  );
  const current = applied?.version ?? 0;
  if (current > migrations.length) {
    throw new StorageError(
      "newer-schema",
      `the database has schema ${current} and this release knows ${migrations.length}: install the release that wrote it`,
    );
  }
  const next = migrations[current];
  if (next === undefined) return "current";
  await statements.script(next.sql);
  await statements.run("insert into schema_migrations (version, name) values (:version, :name)", {
    version: next.version,
    name: next.name,
  });
  return "applied";
}
