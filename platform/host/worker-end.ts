import type { ErrorInfo } from "../core/event.ts";
import { endText } from "./code-host.ts";
import type { ProcessEnd } from "./hosted-process.ts";

/** How a worker left its run without an end. */
export type WorkerLoss =
  /** Code ended the process, with an exit code. */
  | "exited"
  /** Something outside ended it, such as a lack of memory. */
  | "killed"
  /** It showed no life for so long that it was killed. */
  | "silent"
  /** It took too long to end when it was cancelled, and was killed. */
  | "cancelled"
  /** Its events are not wanted any more: another attempt has taken over. */
  | "replaced"
  /** Its events could not be stored. */
  | "unstored";

/** How the worker of a run came to its end: after all it had to say, or before. */
export type WorkerEnd =
  /** `free`: it waits for another run. */
  | { readonly complete: true; readonly free: boolean }
  | { readonly complete: false; readonly loss: WorkerLoss; readonly error: ErrorInfo };

/** The end of a worker that did not tell its run's end; `loss` is why we killed it, when we did. */
export function endWithoutRunEnd({
  loss,
  failure,
  process,
  silenceMs,
}: {
  readonly loss: WorkerLoss | undefined;
  /** Why events could not be stored. */
  readonly failure: unknown;
  /** Absent while it goes on. */
  readonly process: ProcessEnd | undefined;
  readonly silenceMs: number;
}): WorkerEnd {
  const incomplete = (kind: WorkerLoss, message: string): WorkerEnd => ({
    complete: false,
    loss: kind,
    error: { name: "RunWorkerError", message },
  });
  switch (loss) {
    case "unstored":
      return incomplete(loss, `the run's events could not be stored: ${reasonOf(failure)}`);
    case "cancelled":
      return incomplete(loss, "the run worker did not end by itself when cancelled and was killed");
    case "silent":
      return incomplete(
        loss,
        `the run worker showed no sign of life for ${Math.round(silenceMs / 1000)} seconds and was killed`,
      );
    case "replaced":
      return incomplete(loss, "another attempt has taken over the run");
    default:
      return process === undefined
        ? incomplete("exited", "the run worker went on without telling the run's end")
        : incomplete(process.signal === null ? "exited" : "killed", `the run worker ${endText(process)}`);
  }
}

function reasonOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure);
}
