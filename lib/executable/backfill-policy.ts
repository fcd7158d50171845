import type { BackfillPolicy, backfillPolicySchema, Static } from "#platform";

/** The policy as written: the name `single_run` alone, or a mapping with `type`. */
export function backfillPolicyOf(
  written: "single_run" | Static<typeof backfillPolicySchema> | undefined,
): BackfillPolicy | undefined {
  if (written === undefined) return undefined;
  if (written === "single_run" || written.type === "single_run") return { type: "single_run" };
  return { type: "multi_run", maxPartitionsPerRun: written.max_partitions_per_run };
}
