import { requestsOfTarget, type TargetRequest, type TargetRequests } from "../automation/target-requests.ts";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { RunRequest } from "../core/run.ts";
import type { PartitionMoment } from "../partition/partition-keys.ts";
import { faultText } from "./automation-desk.ts";
import { resolveTarget } from "./resolve-request.ts";
import { targetPartitions } from "./target-partitions.ts";

/**
 * What targets mean at a moment by some definitions; one that cannot be met is told as a reason. What is asked for
 * again and again is settled once.
 */
export function targetRequestsOf(
  snapshot: DefinitionsSnapshot,
): (asked: TargetRequest, moment: PartitionMoment) => TargetRequests {
  const definitions = new Map<string, ReturnType<typeof targetPartitions>>();
  const resolved = new Map<string, RunRequest>();
  const definitionOf = (target: TargetRequest["target"]) => {
    const name = JSON.stringify(target);
    if (!definitions.has(name)) definitions.set(name, targetPartitions(snapshot, target));
    return definitions.get(name);
  };
  return (asked, moment) => {
    const resolve = (request: TargetRequest, partitions?: RunRequest["partitions"]): RunRequest => {
      // A text of partitions means others at another moment; whom a target names, and what it sets, stays.
      if (partitions === undefined && request.partition !== undefined)
        return resolveTarget(snapshot, request, { moment, partitions });
      const { tags, ...rest } = request;
      const name = JSON.stringify([rest, partitions === undefined]);
      const whole =
        resolved.get(name) ?? resolveTarget(snapshot, { ...rest, tags: {} }, { moment, partitions });
      resolved.set(name, whole);
      return {
        ...whole,
        tags: { ...whole.tags, ...tags },
        ...(partitions === undefined ? {} : { partitions }),
      };
    };
    try {
      return requestsOfTarget(asked, { definition: definitionOf(asked.target), moment, resolve });
    } catch (error) {
      return { requests: [], reason: faultText(error), failed: true };
    }
  };
}
