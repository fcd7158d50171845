import type { Json } from "../core/metadata.ts";
import type { RunConfig } from "../core/run.ts";

/** A run that a sensor asks for. */
export interface SensorRequest {
  /** Makes one run for ever; without one each request makes one. */
  readonly runKey?: string;
  readonly tags: { readonly [key: string]: string };
  /** Of a partitioned target; the latest complete one unless given. */
  readonly partition?: string;
  /** Over the job's. */
  readonly config?: RunConfig;
}

/** What one look of a sensor came to. */
export interface SensorEvaluation {
  readonly requests: readonly SensorRequest[];
  /** Absent: it stays. */
  readonly cursor?: string | null;
  readonly skipReason?: string;
  /** What was left out although something else is asked for. */
  readonly notes?: readonly string[];
  /** Whether there is more to see at once. */
  readonly hasMore?: boolean;
  /** What the tick's record is to hold, such as what the function logged. */
  readonly body?: Json;
}
