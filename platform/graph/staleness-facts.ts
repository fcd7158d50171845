/** Of the newest materialization (or observation) of one partition; `null` is the unpartitioned asset. */
export interface StalenessFact {
  readonly partition: string | null;
  /** Place in the log of the start of the attempt that made it: what it read is not newer. */
  readonly startedCursor: number;
  /** Place in the log at which its data last became other data, and when that was, in milliseconds since 1970. */
  readonly changedCursor: number;
  readonly changedAt: number;
  readonly codeVersion: string | null;
}

export type StalenessFacts = ReadonlyMap<string, { readonly partitions: readonly StalenessFact[] }>;
