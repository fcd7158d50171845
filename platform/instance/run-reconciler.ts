import type { RunId } from "../core/run.ts";
import type { LostAttempt } from "../storage/attempts.ts";
import type { Storage } from "../storage/storage.ts";
import { type AttemptLoss, settleLoss } from "./attempt-loss.ts";
import type { ServerLog } from "./server-log.ts";
import { createWorkLoop, type WorkLoop } from "./work-loop.ts";

export interface RunReconcilerOptions {
  readonly storage: Storage;
  readonly maxResumes: number;
  /**
   * An attempt that nobody takes for so long fails. Absent: it waits until a worker has a place for it, as the workers
   * are other processes, which may all be busy or not be there yet.
   */
  readonly startTimeoutMs?: number;
  /** Whether this process works at the run; it sees to its own. */
  isOurs(id: RunId): boolean;
  readonly log: ServerLog;
  now(): Temporal.Instant;
  readonly everyMs?: number;
}

/** Looks again and again for attempts that nobody works at any more, and lets their runs go on or end. */
export function createRunReconciler(options: RunReconcilerOptions): WorkLoop {
  const { storage, startTimeoutMs, isOurs, log, everyMs = 5000 } = options;
  return createWorkLoop({
    everyMs,
    async work() {
      const lost = await storage.lostAttempts({ unclaimedMs: startTimeoutMs ?? 0 });
      for (const attempt of lost) {
        if (isOurs(attempt.runId)) continue;
        // One that is being cancelled is taken by nobody any more.
        const waits = attempt.worker === "" && attempt.status !== "canceling";
        if (waits && startTimeoutMs === undefined) continue;
        await settle(options, attempt, waits ? startLoss(startTimeoutMs ?? 0) : leaseLoss(attempt));
      }
    },
    onError: (error) => log.error("lost attempts could not be looked for", { err: error }),
  });
}

/**
 * To be called by an owner before it begins, when it is certain that nobody else executes runs: everything in progress
 * was left by owners that are gone. Gives how many runs were ended or taken up.
 *
 * A command takes up nothing: what commands left fails, and what a server left waits for the next server.
 */
export async function reconcileAtStart(
  options: Omit<RunReconcilerOptions, "isOurs" | "everyMs" | "startTimeoutMs"> & {
    readonly role: OwnerRole;
  },
): Promise<number> {
  const { storage, role } = options;
  const inProgress = await storage.runsInProgress();
  // Nobody is left to renew these leases, so there is no use in waiting for their end.
  for (const { id, epoch } of inProgress) await storage.renewLease(id, epoch, 0);
  const lost = new Map(
    (await storage.lostAttempts({ unclaimedMs: 0 })).map((attempt) => [attempt.runId, attempt]),
  );
  let settled = 0;
  for (const { id, epoch, status } of inProgress) {
    const attempt = lost.get(id) ?? { runId: id, epoch, status, worker: "" };
    const isFromCommand = attempt.worker.startsWith("command");
    const waits = attempt.worker === "" && lost.has(id) && status !== "canceling";
    if (role === "server" ? waits : !isFromCommand && status !== "canceling") continue;
    const error = { name: "RunAbandonedError", message: "the process that ran it is gone" };
    const maxResumes = role === "server" ? options.maxResumes : 0;
    await settle({ ...options, maxResumes }, attempt, { loss: "lease", error });
    settled += 1;
  }
  return settled;
}

/** What an owner is for: one command, or a server, which takes up what others have left. */
export type OwnerRole = "command" | "server";

function startLoss(startTimeoutMs: number): AttemptLoss {
  const message = `no worker took the run within ${startTimeoutMs / 1000} seconds`;
  return { loss: "start_timeout", error: { name: "RunWorkerError", message } };
}

function leaseLoss({ worker }: LostAttempt): AttemptLoss {
  const message = `the worker (${worker}) has not renewed its lease`;
  return { loss: "lease", error: { name: "RunWorkerError", message } };
}

async function settle(
  { storage, maxResumes, log, now }: Pick<RunReconcilerOptions, "storage" | "maxResumes" | "log" | "now">,
  { runId, epoch, worker }: LostAttempt,
  loss: AttemptLoss,
): Promise<void> {
  const at = now().epochMilliseconds;
  const action = await settleLoss(storage, { runId, epoch, ...loss }, { maxResumes, at });
  log.warning("an attempt was lost", { run: runId, epoch, worker, loss: loss.loss, action });
}
