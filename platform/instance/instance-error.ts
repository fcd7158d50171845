export const instanceErrorReasons = [
  "no-project",
  "owned-elsewhere",
  "owner-unreachable",
  "owner-refused",
  "no-definitions",
  "invalid-selection",
  "nothing-selected",
  "nothing-stale",
  "invalid-partition",
  "invalid-request",
  "not-materializable",
  "unknown-run",
  "unknown-asset",
  "unknown-backfill",
  "unknown-instigator",
  "unknown-partitions",
  "unknown-webhook",
  "wrong-signature",
  "webhook-stopped",
  "webhook-not-ready",
  "delivery-conflict",
  "refused-transition",
  "cannot-listen",
  "storage-unusable",
  "not-supported",
] as const;
export type InstanceErrorReason = (typeof instanceErrorReasons)[number];

/** What was asked for cannot be done, and no definition is at fault; the message is for the user. */
export class InstanceError extends Error {
  override readonly name: string = "InstanceError";
  readonly reason: InstanceErrorReason;
  readonly hint: string | undefined;

  constructor(reason: InstanceErrorReason, message: string, hint?: string) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}
