/** How often and how soon a failed step is tried again. Delays are seconds. Formulas: spec/execution.md §1.6. */
export interface RetryPolicy {
  readonly maxRetries: number;
  readonly delaySeconds?: number;
  readonly backoff?: "linear" | "exponential";
  readonly jitter?: "full" | "plus_minus";
}

/** How a backfill's partitions become runs; `multi_run` takes at most `maxPartitionsPerRun` into one. */
export type BackfillPolicy =
  | { readonly type: "single_run" }
  | { readonly type: "multi_run"; readonly maxPartitionsPerRun: number };
