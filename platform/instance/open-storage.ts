import { isAbsolute, join } from "node:path";
import { readConfiguration } from "../component/configuration.ts";
import { readVariables } from "../component/variables.ts";
import { openSqliteStorage } from "../storage/open-sqlite-storage.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";
import { InstanceError } from "./instance-error.ts";

/** Opens the storage that `dop.storage` names: `sqlite:` and a path from the project's root. Throws InstanceError. */
export async function openStorage(
  root: string,
  processEnv: { readonly [name: string]: string | undefined },
): Promise<Storage> {
  const { variables } = readVariables(root, processEnv);
  // What is wrong with the configuration is told where the definitions are loaded.
  const { storage } = readConfiguration({ root, variables }, () => {});
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(storage.url)?.[1];
  if (path === undefined) {
    const scheme = storage.url.split(":")[0];
    throw new InstanceError(
      "not-supported",
      `there is no storage \`${scheme}:\` yet`,
      "use `sqlite:.dop/dop.sqlite`, or leave `dop.storage` out",
    );
  }
  try {
    return await openSqliteStorage(path === ":memory:" || isAbsolute(path) ? path : join(root, path));
  } catch (error) {
    if (error instanceof StorageError) throw new InstanceError("storage-unusable", error.message);
    throw error;
  }
}
