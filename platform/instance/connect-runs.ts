import { setTimeout as delay } from "node:timers/promises";
import { type OpenInstanceOptions, openInstance } from "./open-instance.ts";
import { findOwner, OwnedElsewhereError } from "./owner-lock.ts";
import { createRemoteRuns } from "./remote-runs.ts";
import type { Runs } from "./runs.ts";
import { stateFolderOf } from "./state-folder.ts";

/** Runs of a project, however they are reached. */
export interface RunsConnection extends AsyncDisposable {
  readonly runs: Runs;
  /** Address of the process that owns them; absent when it is this one. */
  readonly ownerUrl?: string;
}

/** A server that has just started has its lock for a moment before it listens. */
const patienceMs = 3000;

/**
 * For a command that reads or writes runs: becomes the owner, or talks to the living one. Throws OwnedElsewhereError
 * where that one serves no API.
 */
export async function connectRuns(options: OpenInstanceOptions): Promise<RunsConnection> {
  const state = stateFolderOf(options.root);
  for (const deadline = performance.now() + patienceMs; ; await delay(50)) {
    const owner = findOwner(state);
    if (owner !== undefined && owner.port !== null) {
      return {
        runs: createRemoteRuns({ ...owner, port: owner.port }),
        ownerUrl: `http://127.0.0.1:${owner.port}`,
        async [Symbol.asyncDispose]() {},
      };
    }
    try {
      const instance = await openInstance(options);
      return { runs: instance.runs, [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose]() };
    } catch (error) {
      if (!(error instanceof OwnedElsewhereError) || performance.now() > deadline) throw error;
    }
  }
}
