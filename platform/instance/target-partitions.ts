import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Target } from "../core/job.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import { selectKeys } from "./select-keys.ts";

/** The partitions of a target's first partitioned asset, or of a job of ops. Throws InstanceError like `selectKeys`. */
export function targetPartitions(
  snapshot: DefinitionsSnapshot,
  target: Target,
): PartitionsDefinition | undefined {
  const { jobs, assets } = snapshot.definitions;
  const job = "job" in target ? jobs.find(({ name }) => name === target.job) : undefined;
  const selection = "selection" in target ? target.selection : (job?.selection ?? "");
  if (selection === "") return job?.partitions;
  const chosen = new Set<string>(selectKeys(snapshot, selection));
  return assets.find(
    ({ key, partitions, materializable }) => materializable && chosen.has(key) && partitions !== undefined,
  )?.partitions;
}
