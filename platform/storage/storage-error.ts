export const storageErrorReasons = [
  "unknown-run",
  "run-exists",
  "refused-transition",
  "stale-attempt",
  "newer-schema",
  "corrupt-file",
  "disk-full",
  "network-file-system",
  "cannot-open",
  "unreachable",
  "closed",
] as const;
export type StorageErrorReason = (typeof storageErrorReasons)[number];

/** Why storage could not do as asked; what was stored before is untouched. */
export class StorageError extends Error {
  override readonly name = "StorageError";
  readonly reason: StorageErrorReason;

  constructor(reason: StorageErrorReason, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.reason = reason;
  }
}
