import type { CustomConditionSpec } from "../core/condition.ts";
import type { StepLog } from "./step.ts";

export interface ConditionContext {
  /** Key of the asset or check that is asked about. */
  readonly asset: string;
  readonly now: Temporal.Instant;
  readonly log: StepLog;
  readonly signal: AbortSignal;
  /** Instances of its resources, by key. */
  readonly resources: { readonly [key: string]: unknown };
}

/** Whether it holds; of a partitioned asset also the keys of the partitions for which it does. */
export type ConditionAnswer = boolean | readonly string[];

/** A condition with the code that answers it; only an evaluation process calls it. */
export interface CustomConditionDefinition {
  readonly spec: CustomConditionSpec;
  evaluate(context: ConditionContext): ConditionAnswer | Promise<ConditionAnswer>;
}
