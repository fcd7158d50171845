import { scheduledPartitions } from "../automation/scheduled-partitions.ts";
import type { Target } from "../core/job.ts";
import type { PartitionSet } from "../core/partitions.ts";
import type { RunRequest } from "../core/run.ts";
import { faultText } from "../instance/automation-desk.ts";
import { targetPartitions } from "../instance/target-partitions.ts";
import type { TickRound } from "./tick-round.ts";

/** What a schedule or sensor asks for. */
export interface TargetRequest {
  readonly target: Target;
  readonly tags: { readonly [key: string]: string };
  /** Of a partitioned target: text of a set; the latest complete partition unless given. */
  readonly partition?: string;
}

/** Requests, or why there are none. */
export interface TargetRequests {
  readonly requests: readonly RunRequest[];
  readonly reason?: string;
  readonly failed?: true;
}

/** What a target means at a moment: one request, or one for each partition that the moment makes due. */
export async function targetRequests(
  { partition, ...asked }: TargetRequest,
  { desk, snapshot }: Pick<TickRound, "desk" | "snapshot">,
  now: Temporal.Instant,
): Promise<TargetRequests> {
  const request = { ...asked, skipUnready: true };
  try {
    const definition = targetPartitions(snapshot, asked.target);
    if (definition === undefined) return { requests: [await desk.resolve(snapshot, request, { now })] };
    if (partition !== undefined && partition !== "latest")
      return { requests: [await desk.resolve(snapshot, { ...request, partition }, { now })] };
    const due = scheduledPartitions(definition, await desk.moment(snapshot, now));
    if ("skipped" in due) return { requests: [], reason: due.skipped };
    const requests: RunRequest[] = [];
    for (const key of due.keys) {
      const partitions: PartitionSet = { kind: "keys", keys: [key] };
      requests.push(await desk.resolve(snapshot, request, { now, partitions }));
    }
    return { requests };
  } catch (error) {
    return { requests: [], reason: faultText(error), failed: true };
  }
}
