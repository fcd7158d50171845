import { migrate, readMigrations } from "./migrate.ts";
import { PostgresChangeFeed } from "./postgres-change-feed.ts";
import { createPostgresDatabase, type PostgresOptions } from "./postgres-database.ts";
import { SqlStorage } from "./sql-storage.ts";
import type { Storage } from "./storage.ts";

/**
 * Opens the Postgres database of a `postgres://` URL and brings its schema up to date; any number of processes may.
 *
 * A server that is away is waited for, then and later, for half a minute unless `patienceMs` says otherwise. Throws
 * StorageError.
 */
export async function openPostgresStorage(
  url: string,
  options: Partial<PostgresOptions> = {},
): Promise<Storage> {
  const database = createPostgresDatabase(url, { patienceMs: 30_000, connections: 8, ...options });
  try {
    await migrate(database, readMigrations("postgres"));
    return new SqlStorage(database, await PostgresChangeFeed.open(url, database));
  } catch (error) {
    await database.close();
    throw error;
  }
}
