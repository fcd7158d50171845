import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import { createLocalRecords } from "./local-records.ts";
import { isSharedStorage, openStorage, readInstanceConfiguration, storageUrlOf } from "./open-storage.ts";
import { acquireOwnerLock, findOwner, OwnedElsewhereError } from "./owner-lock.ts";
import type { Records } from "./records.ts";
import { createRemoteRecords } from "./remote-records.ts";
import { createStalenessSource } from "./staleness-source.ts";
import { prepareStateFolder, runFoldersOf, stateFolderOf } from "./state-folder.ts";

/** Records of a project, however they are reached. */
export interface RecordsConnection extends AsyncDisposable {
  readonly records: Records;
}

export interface ConnectRecordsOptions {
  /** Of the project; absolute. */
  readonly root: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** Asked for where this process answers itself. */
  snapshot(): Promise<DefinitionsSnapshot>;
}

/** A command has the lock for moments; a server that has just started has it before it listens. */
const patienceMs = 3000;

/**
 * For a command that needs no runs: asks the living owner, or becomes the owner without its workers. Throws
 * OwnedElsewhereError where the owner serves no API.
 */
export async function connectRecords(options: ConnectRecordsOptions): Promise<RecordsConnection> {
  const { root, env, snapshot } = options;
  const folders = prepareStateFolder(root);
  const { state } = folders;
  for (const deadline = performance.now() + patienceMs; ; await delay(50)) {
    const owner = findOwner(state);
    if (owner !== undefined && owner.port !== null) {
      return {
        records: createRemoteRecords({ ...owner, port: owner.port }),
        async [Symbol.asyncDispose]() {},
      };
    }
    const read = readInstanceConfiguration({ root, env });
    const storageUrl = storageUrlOf(read);
    await using opening = new AsyncDisposableStack();
    try {
      if (!isSharedStorage(storageUrl)) opening.use(await acquireOwnerLock(root, state));
    } catch (error) {
      if (!(error instanceof OwnedElsewhereError) || performance.now() > deadline) throw error;
      continue;
    }
    const storage = opening.use(await openStorage(root, storageUrl));
    const records = createLocalRecords({
      storage,
      snapshot,
      runFolders: runFoldersOf(folders),
      queue: read.configuration.queue,
      staleness: createStalenessSource(storage, () => Temporal.Now.instant()),
    });
    const opened = opening.move();
    return { records, [Symbol.asyncDispose]: () => opened.disposeAsync() };
  }
}

/** Whether anything can be remembered: a SQLite file that is not there yet is not made for a question. */
export function hasRecords(root: string, env: ConnectRecordsOptions["env"]): boolean {
  const { storage } = readInstanceConfiguration({ root, env }).configuration;
  const path = /^sqlite:(?:\/\/)?(.+)$/.exec(storage.url)?.[1];
  if (path === undefined) return true;
  return existsSync(stateFolderOf(root)) && existsSync(isAbsolute(path) ? path : join(root, path));
}
