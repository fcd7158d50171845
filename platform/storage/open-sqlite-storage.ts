import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { migrate, readMigrations } from "./migrate.ts";
import { refuseNetworkFileSystem } from "./network-file-system.ts";
import { SqlStorage } from "./sql-storage.ts";
import { createSqliteDatabase } from "./sqlite-database.ts";
import type { Storage } from "./storage.ts";

/**
 * Opens (and makes) the database file, or one in memory for `:memory:`, and brings its schema up to date.
 *
 * The caller sees to it that one process at a time has the file open. Throws StorageError.
 */
export async function openSqliteStorage(file: string): Promise<Storage> {
  if (file !== ":memory:") {
    mkdirSync(dirname(file), { recursive: true });
    refuseNetworkFileSystem(file);
  }
  const database = createSqliteDatabase(file);
  try {
    await migrate(database, readMigrations("sqlite"));
    return new SqlStorage(database);
  } catch (error) {
    await database.close();
    throw error;
  }
}
