import type { CheckSeverity } from "../core/check.ts";
import type { FreshnessState } from "../core/freshness.ts";
import type { HealthState } from "../core/health.ts";

/** What an asset's health is made of. Source of all rules: spec/automation.md §2. */
export interface HealthParts {
  readonly materialization: HealthState;
  readonly checks: HealthState;
  readonly freshness: HealthState;
}

/** The worst part decides; without a known materialization nothing is healthy. */
export function overallHealth({ materialization, checks, freshness }: HealthParts): HealthState {
  const parts = [materialization, checks, freshness];
  if (parts.includes("degraded")) return "degraded";
  if (parts.includes("warning")) return "warning";
  if (materialization === "unknown") return "unknown";
  return parts.every((part) => part === "unknown" || part === "not_applicable") ? "unknown" : "healthy";
}

/** Degraded where the last try failed, of a partitioned asset that of any partition; external assets are not made. */
export function materializationHealth(known: {
  readonly materializable: boolean;
  readonly isMade: boolean;
  readonly hasFailed: boolean;
}): HealthState {
  if (!known.materializable) return "not_applicable";
  if (known.hasFailed) return "degraded";
  return known.isMade ? "healthy" : "unknown";
}

/** The newest answer to a check; absent while nobody has asked. */
export type CheckAnswer = { readonly passed: boolean; readonly severity: CheckSeverity } | undefined;

/** A failure of severity `error` degrades, one of `warn` warns; unasked checks leave it open. */
export function checksHealth(answers: readonly CheckAnswer[]): HealthState {
  if (answers.length === 0) return "not_applicable";
  const failed = answers.filter((answer) => answer?.passed === false);
  if (failed.some((answer) => answer?.severity === "error")) return "degraded";
  if (failed.length > 0) return "warning";
  return answers.includes(undefined) ? "unknown" : "healthy";
}

/** `undefined`: no policy. */
export function freshnessHealth(state: FreshnessState | undefined): HealthState {
  if (state === undefined) return "not_applicable";
  return ({ pass: "healthy", warn: "warning", fail: "degraded", unknown: "unknown" } as const)[state];
}
