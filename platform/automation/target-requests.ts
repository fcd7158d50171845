import type { Target } from "../core/job.ts";
import type { PartitionSet, PartitionsDefinition } from "../core/partitions.ts";
import type { RunConfig, RunRequest } from "../core/run.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { scheduledPartitions } from "./scheduled-partitions.ts";

/** What a schedule or sensor asks for. */
export interface TargetRequest {
  readonly target: Target;
  readonly tags: { readonly [key: string]: string };
  /** Of a partitioned target: text of a set; the latest complete partition unless given. */
  readonly partition?: string;
  /** Over the job's. */
  readonly config?: RunConfig;
}

/** Requests, or why there are none. */
export interface TargetRequests {
  readonly requests: readonly RunRequest[];
  readonly reason?: string;
  readonly failed?: true;
}

/** What a target is at a moment. */
export interface TargetSetting {
  /** Partitions of what it names; absent where that has none. */
  readonly definition: PartitionsDefinition | undefined;
  readonly moment: PartitionMoment;
  /** A request with its keys settled; `partitions` go before its own. */
  resolve(request: TargetRequest, partitions?: PartitionSet): RunRequest;
}

/** What a target means at a moment: one request, or one for each partition that the moment makes due. */
export function requestsOfTarget(
  asked: TargetRequest,
  { definition, moment, resolve }: TargetSetting,
): TargetRequests {
  const { partition } = asked;
  if (definition === undefined) {
    const { partition: _none, ...whole } = asked;
    return { requests: [resolve(whole)] };
  }
  if (partition !== undefined && partition !== "latest") return { requests: [resolve(asked)] };
  const due = scheduledPartitions(definition, moment);
  if ("skipped" in due) return { requests: [], reason: due.skipped };
  return { requests: due.keys.map((key) => resolve(asked, { kind: "keys", keys: [key] })) };
}
