import type { TargetRequest, TargetRequests } from "../automation/target-requests.ts";
import { targetRequestsOf } from "../instance/target-requests.ts";
import type { TickRound } from "./tick-round.ts";

/** What a target means at a moment by the definitions in force. */
export async function targetRequests(
  asked: TargetRequest,
  { desk, snapshot }: Pick<TickRound, "desk" | "snapshot">,
  now: Temporal.Instant,
): Promise<TargetRequests> {
  return targetRequestsOf(snapshot)(asked, await desk.moment(snapshot, now));
}
