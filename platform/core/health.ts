/** How an asset is: as a whole, and each part of that. */
export const healthStates = ["healthy", "warning", "degraded", "unknown", "not_applicable"] as const;
export type HealthState = (typeof healthStates)[number];
