import { isAbsolute, join } from "node:path";
import { type Configuration, readConfiguration } from "../component/configuration.ts";
import { readVariables } from "../component/variables.ts";
import type { Problem } from "../core/problem.ts";
import { openSqliteStorage } from "../storage/open-sqlite-storage.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import { InstanceError } from "./instance-error.ts";

/** What package.json says of the project, with all that is wrong in it. */
export interface ReadConfiguration {
  readonly configuration: Configuration;
  readonly problems: readonly Problem[];
}

/** Reads it once for all that a process asks of it. */
export function readInstanceConfiguration(options: {
  readonly root: string;
  readonly env: { readonly [name: string]: string | undefined };
  readonly environment?: string;
}): ReadConfiguration {
  const { root, env, environment } = options;
  const { variables } = readVariables(root, env);
  const problems: Problem[] = [];
  const configuration = readConfiguration(
    { root, variables, ...(environment === undefined ? {} : { environment }) },
    (problem) => problems.push(problem),
  );
  return { configuration, problems };
}

/**
 * URL of the project's storage. Throws InstanceError where something is wrong with what package.json says of it: the
 * default would be another storage than the one that was meant. What else is wrong is told where the definitions are
 * loaded.
 */
export function storageUrlOf({ configuration, problems }: ReadConfiguration): string {
  const wrong = problems.find(
    ({ path }) => path === "dop.storage" || path?.startsWith("dop.storage.") === true,
  );
  if (wrong !== undefined)
    throw new InstanceError("storage-unusable", `${wrong.path}: ${wrong.message}`, wrong.hint);
  return configuration.storage.url;
}

/**
 * Opens a storage: `sqlite:` and a path from the project's root, or the URL of a Postgres database. Throws
 * InstanceError.
 */
export async function openStorage(root: string, url: string): Promise<Storage> {
  try {
    return await openUrl(root, url);
  } catch (error) {
    if (error instanceof StorageError) throw new InstanceError("storage-unusable", error.message);
    throw error;
  }
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
