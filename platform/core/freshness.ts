/**
 * How old is too old. Windows are seconds (at least 60); a day is 24 hours.
 *
 * `cron`: by each deadline the asset must have been materialized within `lowerBoundSeconds` before it.
 * Meaning: spec/automation.md §2.
 */
export type FreshnessPolicy = (
  | { readonly type: "time_window"; readonly failSeconds: number; readonly warnSeconds?: number }
  | { readonly type: "cron"; readonly deadlineCron: string; readonly lowerBoundSeconds: number; readonly timeZone: string }
) & { readonly scope?: FreshnessScope };

export const freshnessScopes = ["asset", "latest_partition", "all_partitions"] as const;
export type FreshnessScope = (typeof freshnessScopes)[number];

export const freshnessStates = ["pass", "warn", "fail", "unknown"] as const;
export type FreshnessState = (typeof freshnessStates)[number];

export function isFreshnessPolicy(value: unknown): value is FreshnessPolicy {
  return (
    typeof value === "object" &&
    value !== null &&
    "type" in value &&
    ((value.type === "time_window" && "failSeconds" in value) || (value.type === "cron" && "deadlineCron" in value))
  );
}
