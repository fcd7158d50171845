export const healthStates = ["healthy", "warning", "degraded", "unknown", "not_applicable"] as const;
export type HealthState = (typeof healthStates)[number];

/** What an asset's health is made of. */
export interface HealthParts {
  readonly materialization: HealthState;
  readonly checks: HealthState;
  readonly freshness: HealthState;
}

/** The worst part decides; without a known materialization nothing is healthy. Source: spec/automation.md §2. */
export function overallHealth({ materialization, checks, freshness }: HealthParts): HealthState {
  const parts = [materialization, checks, freshness];
  if (parts.includes("degraded")) return "degraded";
  if (parts.includes("warning")) return "warning";
  if (materialization === "unknown") return "unknown";
  return parts.every((part) => part === "unknown" || part === "not_applicable") ? "unknown" : "healthy";
}
