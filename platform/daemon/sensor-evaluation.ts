/** A run that a sensor asks for. */
export interface SensorRequest {
  /** Makes one run for ever. */
  readonly runKey: string;
  readonly tags: { readonly [key: string]: string };
  /** Of a partitioned target; the latest complete one unless given. */
  readonly partition?: string;
}

/** What one look of a sensor came to. */
export interface SensorEvaluation {
  readonly requests: readonly SensorRequest[];
  readonly cursor: string | null;
  readonly skipReason?: string;
}
