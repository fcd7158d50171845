import type { RetryPolicy } from "../core/policies.ts";

/**
 * Milliseconds to wait after the failed attempt with this number, counted from 1 (spec/execution.md §1.6).
 *
 * `random` gives numbers from 0 up to but not including 1. Never negative.
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const base = policy.delaySeconds ?? 0;
  const delay = { none: base, linear: attempt * base, exponential: (2 ** attempt - 1) * base }[
    policy.backoff ?? "none"
  ];
  const jittered = {
    none: () => delay,
    full: () => random() * delay,
    plus_minus: () => delay + (2 * random() * base - base),
  }[policy.jitter ?? "none"]();
  return Math.max(0, Math.round(jittered * 1000));
}
