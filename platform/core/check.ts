import type { AssetKey } from "./asset-key.ts";
import type { CodeReference, Origins } from "./code-reference.ts";
import type { AutomationCondition } from "./condition.ts";
import type { Metadata } from "./metadata.ts";
import type { Reference } from "./reference.ts";

export const checkSeverities = ["warn", "error"] as const;
export type CheckSeverity = (typeof checkSeverities)[number];

/** A question about an asset's quality, without the code that answers it. */
export interface AssetCheckSpec {
  readonly name: string;
  readonly asset: AssetKey | Reference;
  readonly additionalDeps?: readonly (AssetKey | Reference)[];
  readonly description?: string;
  /** Whether a failed evaluation of severity `error` keeps downstream steps of the same run from starting. */
  readonly blocking?: boolean;
  readonly metadata?: Metadata;
  readonly automationCondition?: AutomationCondition;
  readonly resources?: readonly string[];
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

/** The answer to a check. */
export interface CheckEvaluation {
  readonly passed: boolean;
  /** How bad it is when it did not pass; `error` unless said otherwise. */
  readonly severity: CheckSeverity;
  readonly description?: string;
  readonly metadata?: Metadata;
}
