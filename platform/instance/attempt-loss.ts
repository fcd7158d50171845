import type { ErrorInfo } from "../core/event.ts";
import type { RunFailureReason, RunId, RunStatus } from "../core/run.ts";
import type { WorkerLoss } from "../host/worker-end.ts";
import type { Storage } from "../storage/storage.ts";
import { StorageError } from "../storage/storage-error.ts";

/** How an attempt came to nothing. */
export interface AttemptLoss {
  /**
   * `lease`: whoever worked at it is gone, and so is what it knew. `handed_back`: its process ends before it, and leaves
   * it to others.
   */
  readonly loss: WorkerLoss | "lease" | "handed_back" | "start_timeout" | "max_runtime";
  readonly error: ErrorInfo;
}

export type LossDecision =
  | { readonly action: "resume" | "cancel" | "none" }
  | { readonly action: "fail"; readonly reason: RunFailureReason };

/**
 * What becomes of a run whose attempt was lost. It goes on in a new attempt when something from outside ended its
 * worker, up to `maxResumes` times; code that ends its own process would do so again, and fails the run at once.
 */
export function decideOnLoss({
  loss,
  status,
  epoch,
  maxResumes,
}: {
  readonly loss: AttemptLoss["loss"];
  readonly status: RunStatus;
  readonly epoch: number;
  readonly maxResumes: number;
}): LossDecision {
  if (loss === "replaced") return { action: "none" };
  if (loss === "start_timeout" || loss === "max_runtime") return { action: "fail", reason: loss };
  if (status === "canceling" || loss === "cancelled") return { action: "cancel" };
  if (loss === "unstored") return { action: "fail", reason: "unknown" };
  if (loss === "exited") return { action: "fail", reason: "worker_lost" };
  // Nothing has gone wrong, so it counts for nothing.
  if (loss === "handed_back") return { action: "resume" };
  if (epoch <= maxResumes) return { action: "resume" };
  return { action: "fail", reason: maxResumes === 0 ? "worker_lost" : "worker_restart_limit" };
}

export interface LostRun extends AttemptLoss {
  readonly runId: RunId;
  readonly epoch: number;
}

/** Carries out `decideOnLoss`; a run that has ended or that another attempt has taken over stays as it is. */
export async function settleLoss(
  storage: Storage,
  { runId, epoch, loss, error }: LostRun,
  { maxResumes, at }: { readonly maxResumes: number; readonly at: number },
): Promise<LossDecision["action"]> {
  const run = await storage.getRun(runId);
  if (run === undefined || run.epoch !== epoch) return "none";
  const decision = decideOnLoss({ loss, status: run.status, epoch, maxResumes });
  try {
    switch (decision.action) {
      case "resume":
        await storage.noteRun(runId, { at, message: resumeText({ epoch, loss, error }, maxResumes) });
        await storage.startAttempt(runId, at, { replaces: epoch });
        break;
      case "cancel":
        await storage.setRunStatus(runId, "canceled", { at, epoch });
        break;
      case "fail":
        await storage.setRunStatus(runId, "failure", { at, epoch, error, reason: decision.reason });
    }
  } catch (failure) {
    if (!isOvertaken(failure)) throw failure;
    return "none";
  }
  return decision.action;
}

/** Whether a change came too late: the run has ended, or has another attempt. */
export function isOvertaken(error: unknown): boolean {
  return (
    error instanceof StorageError &&
    (error.reason === "refused-transition" || error.reason === "stale-attempt")
  );
}

function resumeText({ epoch, loss, error }: Omit<LostRun, "runId">, maxResumes: number): string {
  if (loss === "handed_back") return `attempt ${epoch} is given to another worker: ${error.message}`;
  return `attempt ${epoch} was lost: ${error.message}; the run goes on in another worker (${epoch} of ${maxResumes})`;
}
