import { setTimeout } from "node:timers/promises";
import type { TransactionTry } from "./database.ts";
import { isConflict, isConnectionLost, storageErrorOf } from "./postgres-errors.ts";
import { StorageError } from "./storage-error.ts";

/** The connection broke between the wish to commit and the answer; `cause` tells how. */
export class UnknownCommit extends Error {}

export interface Persistence {
  /** For messages: `host:port/database`. */
  readonly place: string;
  /** From the first failure of a connection to giving up. */
  readonly patienceMs: number;
  /** Aborted when nothing more is to be tried. */
  readonly closing: AbortSignal;
}

const firstPauseMs = 50;
const longestPauseMs = 2000;
/** Transactions that were in each other's way so often are not in each other's way by chance. */
const mostConflicts = 20;

/** Tries again after a lost connection or a conflict, with growing pauses, as long as it makes sense. */
export async function persistently<T>(
  { place, patienceMs, closing }: Persistence,
  work: (attempt: TransactionTry) => Promise<T>,
): Promise<T> {
  let deadline: number | undefined;
  let uncertain = false;
  let conflicts = 0;
  const isWorthwhile = (error: unknown, pauseMs: number) => {
    if (isConflict(error)) return ++conflicts < mostConflicts;
    deadline ??= performance.now() + patienceMs;
    return isConnectionLost(error) && performance.now() + pauseMs < deadline;
  };
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    if (closing.aborted) throw new StorageError("closed", `the connection to ${place} is closed`);
    try {
      return await work({ uncertain });
    } catch (error) {
      const cause = error instanceof UnknownCommit ? error.cause : error;
      uncertain ||= error instanceof UnknownCommit;
      if (!isWorthwhile(cause, pauseMs)) throw storageErrorOf(place, cause);
      await pause(pauseMs, closing);
    }
  }
}

/** Somewhere between half of it and all of it, so that many do not come back at the same moment. */
export async function pause(longestMs: number, signal: AbortSignal): Promise<void> {
  await setTimeout(longestMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => {});
}
