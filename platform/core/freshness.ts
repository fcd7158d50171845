import { isPlainObject } from "./secret.ts";

/**
 * How old is too old. Windows are seconds (at least 60); a day is 24 hours.
 *
 * `cron`: by each deadline the asset must have been materialized within `lowerBoundSeconds` before it.
 * Meaning: spec/automation.md §2.
 */
export type FreshnessPolicy = (
  | { readonly type: "time_window"; readonly failSeconds: number; readonly warnSeconds?: number }
  | {
      readonly type: "cron";
      readonly deadlineCron: string;
      readonly lowerBoundSeconds: number;
      readonly timeZone: string;
    }
) & { readonly scope?: FreshnessScope };

export const freshnessScopes = ["asset", "latest_partition", "all_partitions"] as const;
export type FreshnessScope = (typeof freshnessScopes)[number];

export const freshnessStates = ["pass", "warn", "fail", "unknown"] as const;
export type FreshnessState = (typeof freshnessStates)[number];

/** Whether a value has the form of a policy; whether its lengths make sense is judged at the merge. */
export function isFreshnessPolicy(value: unknown): value is FreshnessPolicy {
  if (!isPlainObject(value)) return false;
  const { type, scope, failSeconds, warnSeconds, deadlineCron, lowerBoundSeconds, timeZone } = value;
  if (scope !== undefined && !freshnessScopes.some((known) => known === scope)) return false;
  if (type === "time_window") {
    return typeof failSeconds === "number" && (warnSeconds === undefined || typeof warnSeconds === "number");
  }
  return (
    type === "cron" &&
    typeof deadlineCron === "string" &&
    typeof lowerBoundSeconds === "number" &&
    typeof timeZone === "string"
  );
}
