import { isAbsolute, join } from "node:path";
import { readConfiguration } from "../component/configuration.ts";
import { readVariables } from "../component/variables.ts";
import type { Problem } from "../core/problem.ts";
import { openSqliteStorage } from "../storage/open-sqlite-storage.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import { InstanceError } from "./instance-error.ts";

type Environment = { readonly [name: string]: string | undefined };

/**
 * Opens the storage that `dop.storage` names: `sqlite:` and a path from the project's root, or the URL of a Postgres
 * database. Throws InstanceError.
 */
export async function openStorage(root: string, processEnv: Environment): Promise<Storage> {
  const url = readStorageUrl(root, processEnv);
  try {
    return await openUrl(root, url);
  } catch (error) {
    if (error instanceof StorageError) throw new InstanceError("storage-unusable", error.message);
    throw error;
  }
}

/**
 * URL of the project's storage. Throws InstanceError where something is wrong with what package.json says of it: the
 * default would be another storage than the one that was meant.
 */
export function readStorageUrl(root: string, processEnv: Environment): string {
  const { variables } = readVariables(root, processEnv);
  const problems: Problem[] = [];
  const { storage } = readConfiguration({ root, variables }, (problem) => problems.push(problem));
  const wrong = problems.find(
    ({ path }) => path === "dop.storage" || path?.startsWith("dop.storage.") === true,
  );
  if (wrong !== undefined)
    throw new InstanceError("storage-unusable", `${wrong.path}: ${wrong.message}`, wrong.hint);
  return storage.url;
}

/** Whether several processes may have this storage open at once. */
export function isSharedStorage(url: string): boolean {
  return /^postgres(ql)?:\/\//.test(url);
}

async function openUrl(root: string, url: string): Promise<Storage> {
  if (isSharedStorage(url)) {
    // Its driver takes a tenth of a second to import.
    const { openPostgresStorage } = await import("../storage/open-postgres-storage.ts");
    return await openPostgresStorage(url);
  }
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(url)?.[1];
  if (path !== undefined)
    return await openSqliteStorage(path === ":memory:" || isAbsolute(path) ? path : join(root, path));
  throw new InstanceError(
    "not-supported",
    `there is no storage \`${url.split(":")[0]}:\``,
    "use `sqlite:.dop/dop.sqlite` or `postgres://…`, or leave `dop.storage` out",
  );
}
