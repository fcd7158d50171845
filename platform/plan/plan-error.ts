export const planErrorReasons = [
  "nothing-selected",
  "unknown-asset",
  "unknown-check",
  "unknown-step",
  "external-only",
  "unknown-resource",
  "unknown-hook",
  "invalid-config",
  "invalid-wiring",
  "pool-too-small",
  "partition-required",
  "not-partitioned",
  "unknown-partition-key",
  "missing-upstream-partition",
  "incompatible-partitions",
  "step-cycle",
] as const;
export type PlanErrorReason = (typeof planErrorReasons)[number];

/** Why a request cannot be planned; whoever asked can mend it. */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly reason: PlanErrorReason;

  constructor(reason: PlanErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
