import { StepError } from "#platform";
import { defaultSleep, type Sleep } from "../http/http-client.ts";
import type { FivetranClient, FivetranConnection } from "./fivetran-client.ts";

/** What came of asking for a sync. */
export type SyncOutcome =
  | { readonly type: "synced"; readonly connection: FivetranConnection }
  | { readonly type: "skipped"; readonly reason: string }
  | { readonly type: "paused" };

export interface SyncOptions {
  /** What to do about a sync that Fivetran puts off: leave it, wait and ask again, or fail. */
  readonly onReschedule: "skip" | "wait" | "fail";
  readonly deadlineMs: number;
  readonly pollMs: number;
  readonly signal: AbortSignal;
  readonly sleep?: Sleep;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * Starts a sync (or joins the one that goes on) and waits for its end, which shows as a later `succeeded_at` or
 * `failed_at`. Rejects with StepError when it failed or the deadline passed.
 */
export async function syncConnection(
  client: FivetranClient,
  id: string,
  options: SyncOptions,
): Promise<SyncOutcome> {
  const { onReschedule, deadlineMs, pollMs, signal, sleep = defaultSleep, now = Date.now } = options;
  const end = now() + deadlineMs;
  const before = await client.connection(id);
  if (before.paused || before.status.sync_state === "paused") return { type: "paused" };
  let connection = before;
  let asked = false;
  for (;;) {
    if (lastEnd(connection) > lastEnd(before)) return ended(connection);
    if (connection.status.sync_state === "rescheduled") {
      if (onReschedule === "skip") return { type: "skipped", reason: rescheduledText(connection) };
      const pauseMs = pauseUntilRetry(connection, now());
      if (onReschedule === "fail" || now() + pauseMs > end) {
        throw new StepError(rescheduledText(connection), { retry: "later" });
      }
      await sleep(pauseMs, signal);
      asked = false;
    }
    if (now() >= end) {
      throw new StepError(`the sync of ${id} has not ended after ${deadlineMs / 1000} s`, { retry: "later" });
    }
    if (!asked) await client.sync(id);
    asked = true;
    await sleep(pollMs, signal);
    connection = await client.connection(id);
  }
}

/** A sync that was put off does not always start by itself: it is asked for again a minute after its time. */
function pauseUntilRetry({ status }: FivetranConnection, nowMs: number): number {
  return Math.max(momentOf(status.rescheduled_for) - nowMs, 0) + 60_000;
}

function ended(connection: FivetranConnection): SyncOutcome {
  if (momentOf(connection.succeeded_at) > momentOf(connection.failed_at))
    return { type: "synced", connection };
  throw new StepError(`the sync of ${connection.id} (${connection.schema}) failed`, { retry: "later" });
}

function rescheduledText({ id, schema, status }: FivetranConnection): string {
  const until = status.rescheduled_for == null ? "" : ` for ${status.rescheduled_for}`;
  return `Fivetran has rescheduled the sync of ${id} (${schema})${until}`;
}

function lastEnd(connection: FivetranConnection): number {
  return Math.max(momentOf(connection.succeeded_at), momentOf(connection.failed_at));
}

/** Milliseconds; what never happened is before everything. */
function momentOf(text: string | null | undefined): number {
  const moment = text == null ? Number.NaN : Date.parse(text);
  return Number.isNaN(moment) ? Number.NEGATIVE_INFINITY : moment;
}
