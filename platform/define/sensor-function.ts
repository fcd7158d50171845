import type { Json } from "../core/metadata.ts";
import type { RunConfig } from "../core/run.ts";
import type { StepLog } from "./step.ts";

/** A run that a sensor asks for, of its target. */
export interface SensorRequest {
  /** Makes one run for ever; without one each request makes one. */
  readonly runKey?: string;
  /** Of a partitioned target: text of a partition set; the latest complete partition unless given. */
  readonly partition?: string;
  readonly tags?: { readonly [key: string]: string };
  /** Over the job's. */
  readonly config?: RunConfig;
}

/** What one look came to. */
export interface SensorOutcome {
  readonly requests?: readonly SensorRequest[];
  /** Where to go on at the next look; absent: as it is. */
  readonly cursor?: string | null;
  /** Why it asks for nothing. */
  readonly skipReason?: string;
}

/** A request that came to a webhook, with its signature checked. */
export interface WebhookDelivery {
  /** What the sender calls it, or the hash of its body: a repeated one is delivered once. */
  readonly id: string;
  readonly receivedAt: Temporal.Instant;
  /** The body as JSON, or its text where it is none. */
  readonly payload: Json;
  /** With names in lower case, without those that prove who sends. */
  readonly headers: { readonly [name: string]: string };
}

export interface SensorContext {
  /** What the look before left; `null` at the first. */
  readonly cursor: string | null;
  readonly now: Temporal.Instant;
  readonly log: StepLog;
  /** Aborts shortly before the look is given up. */
  readonly signal: AbortSignal;
  /** Instances of its resources, by key. */
  readonly resources: { readonly [key: string]: unknown };
  /** Absolute. */
  readonly projectRoot: string;
  /** Of a webhook, whose function is called once for each. */
  readonly delivery?: WebhookDelivery;
}

/** An outcome, or requests alone; nothing asks for nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a function without `return` is one that asks for nothing
export type SensorAnswer = SensorOutcome | readonly SensorRequest[] | undefined | void;

/** The code of a sensor; only an evaluation process calls it. */
export interface SensorFunction {
  readonly name: string;
  evaluate(context: SensorContext): SensorAnswer | Promise<SensorAnswer>;
}
