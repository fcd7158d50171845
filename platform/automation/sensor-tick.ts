/** What a sensor's function asked for. */
export interface SensorResult<Request extends { readonly runKey?: string }> {
  readonly requests: readonly Request[];
  /** Absent: the cursor stays. */
  readonly cursor?: string | null;
  readonly skipReason?: string;
}

export interface SensorDecision<Request> {
  readonly status: "success" | "skipped" | "failure";
  /** Requests that make runs. */
  readonly launched: readonly Request[];
  readonly cursor: string | null;
  readonly reason?: string;
}

/**
 * What comes of one tick of a sensor. A run key makes one run for ever; without one each request does. The cursor
 * moves on success and on skip, and stays where the function failed.
 */
export function settleSensorTick<Request extends { readonly runKey?: string }>(
  before: { readonly cursor: string | null; isKnown(runKey: string): boolean },
  outcome: SensorResult<Request> | { readonly failure: string },
): SensorDecision<Request> {
  if ("failure" in outcome)
    return { status: "failure", launched: [], cursor: before.cursor, reason: outcome.failure };
  const seen = new Set<string>();
  const launched = outcome.requests.filter(({ runKey }) => {
    if (runKey === undefined) return true;
    if (seen.has(runKey) || before.isKnown(runKey)) return false;
    seen.add(runKey);
    return true;
  });
  const cursor = outcome.cursor === undefined ? before.cursor : outcome.cursor;
  if (launched.length > 0) return { status: "success", launched, cursor };
  const reason =
    outcome.skipReason ??
    (outcome.requests.length > 0 ? "all that it asked for has run already" : "it asked for nothing");
  return { status: "skipped", launched, cursor, reason };
}

/** Whether a sensor's least interval has passed since its previous tick began. Milliseconds since 1970. */
export function isSensorDue(
  previousStart: number | undefined,
  minimumIntervalSeconds: number,
  now: number,
): boolean {
  return previousStart === undefined || now - previousStart >= minimumIntervalSeconds * 1000;
}
