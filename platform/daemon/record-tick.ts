import type { AutomationDesk, PreparedRuns } from "../instance/automation-desk.ts";
import type { TickRound } from "./tick-round.ts";

type Commit = Parameters<AutomationDesk["commit"]>[0];

/** A tick that has been decided. */
export interface DecidedTick extends PreparedRuns {
  readonly instigator: string;
  /** Now unless given. */
  readonly scheduledAtMs?: number;
  /** Why it asks for nothing, besides the faults of runs that were not made. */
  readonly reasons: readonly string[];
  /** Whether the decision itself came to nothing. */
  readonly failed?: boolean;
  readonly cursors?: Commit["cursors"];
  readonly turn?: Commit["turn"] | undefined;
  readonly body?: Commit["body"] | undefined;
  /** Whether one that asks for nothing is told as well, where it has a reason. */
  readonly tellsReason: boolean;
}

/** In words, why runs were not made. */
export function reasonOf({ reasons, faults }: Pick<DecidedTick, "reasons" | "faults">): string | undefined {
  const all = [...reasons, ...faults];
  return all.length === 0 ? undefined : all.join("; ");
}

/** Whether something was to be asked for and nothing could be. */
export function hasFailed({
  failed,
  faults,
  runs,
}: Pick<DecidedTick, "failed" | "faults" | "runs">): boolean {
  return failed === true || (faults.length > 0 && runs.length === 0);
}

/** Commits a tick and tells of it; whether it was this process that did. */
export async function recordTick(round: TickRound, tick: DecidedTick): Promise<boolean> {
  const { instigator, runs, turn, body, cursors = [] } = tick;
  const now = round.now.epochMilliseconds;
  const reason = reasonOf(tick);
  const failed = hasFailed(tick);
  const made = await round.desk.commit({
    instigator,
    scheduledAtMs: tick.scheduledAtMs ?? now,
    status: runs.length > 0 ? "success" : failed ? "failure" : "skipped",
    ...(reason === undefined ? {} : { reason }),
    startedAtMs: now,
    endedAtMs: now,
    ...(body === undefined ? {} : { body }),
    runs,
    cursors,
    ...(turn === undefined ? {} : { turn }),
  });
  if (made === undefined) return false;
  const tells = reason !== undefined && (failed || tick.tellsReason);
  if (made.length > 0 || tells) {
    round.onTick({
      instigator,
      runs: made.map(({ id, request }) => ({ id, assets: request.assets })),
      ...(reason === undefined ? {} : { reason }),
    });
  }
  return true;
}
