import type { AssetKey } from "./asset-key.ts";
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

/** States in which an asset is asked for, once per breach: `warn` means a failure as well. */
export const breachStates = ["warn", "fail"] as const;
export type BreachState = (typeof breachStates)[number];

/** Why a state became another one: it was materialized, time went by, or the policy is another one. */
export const freshnessReasons = ["materialized", "time", "policy"] as const;
export type FreshnessReason = (typeof freshnessReasons)[number];

/** How fresh an asset is, with the moments that say so, in milliseconds since 1970. */
export interface FreshnessVerdict {
  readonly state: FreshnessState;
  /** Since when it is so; absent for `unknown`. */
  readonly since?: number;
  /** By when it is or was to be materialized again; absent for `unknown` and where no deadline comes any more. */
  readonly due?: number;
}

/** That an asset's state became another one. */
export interface FreshnessChange extends Omit<FreshnessVerdict, "state"> {
  readonly asset: AssetKey;
  readonly from: FreshnessState;
  readonly to: FreshnessState;
  readonly reason: FreshnessReason;
}

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
