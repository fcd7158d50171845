import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { CodeReference } from "./code-reference.ts";
import type { Json } from "./metadata.ts";
import type { RetryPolicy } from "./policies.ts";

export const stepExecutions = ["materialize", "observe", "check", "op"] as const;
/** What a step is for: `observe` records observations instead of materializations, `op` only hands on values. */
export type StepExecution = (typeof stepExecutions)[number];

/** A value that a step hands on to others of its graph. */
export interface StepOutputSpec {
  readonly name: string;
  readonly description?: string;
  /** Whether the step may end without it; who takes nothing but missing values is skipped. */
  readonly optional?: true;
  /** Whether it comes any number of times, each under a mapping key. */
  readonly dynamic?: true;
}

/** Where one value comes from: an output of a step; of a dynamic one, each by itself or all of them. */
export interface StepValueSource {
  readonly step: string;
  readonly output: string;
  /** `one`: the value (of the same mapping key, where both are mapped). `collect`: all, by mapping key's order. */
  readonly take: "one" | "collect";
}

/** A named value that a step takes from steps of its graph. */
export interface StepInputSpec {
  readonly name: string;
  readonly from: readonly StepValueSource[];
  /** Whether it takes a list of what `from` gives; otherwise the only one. */
  readonly list?: true;
}

/** A code's hook on the end of steps. */
export interface HookSpec {
  /** Unique in the project. */
  readonly name: string;
  readonly on: "success" | "failure" | "end";
  readonly resources?: readonly string[];
  readonly codeReferences?: readonly CodeReference[];
}

export const isolations = ["worker", "process"] as const;
/** Where a step runs: inside the run worker, or in a process of its own. */
export type Isolation = (typeof isolations)[number];

/**
 * One unit of work as declared: what it brings up to date and which checks it answers, without code.
 *
 * A step that cannot be split runs for all of its assets and checks or for none (`canSubset: false`).
 */
export interface StepSpec {
  /** Unique in the project; a component's name in front keeps two instances apart. */
  readonly name: string;
  readonly assets: readonly AssetKey[];
  readonly checks: readonly CheckKey[];
  readonly canSubset: boolean;
  readonly execution: StepExecution;
  readonly description?: string;
  readonly resources: readonly string[];
  /** Steps with the same one run together or not at all, such as the ops behind a graph asset. */
  readonly graph?: string;
  /** Values from other steps of its graph. */
  readonly inputs?: readonly StepInputSpec[];
  /** Values for other steps of its graph. */
  readonly outputs?: readonly StepOutputSpec[];
  /** Runs once for each value of this dynamic output. */
  readonly mapOver?: { readonly step: string; readonly output: string };
  /** JSON Schema of its config; without one it takes any. */
  readonly configSchema?: Json;
  readonly pool?: string;
  /** Slots of `pool` that it takes; 1 unless given. */
  readonly poolSlots?: number;
  /** Pools that it takes besides `pool`, such as that of a DuckDB file, which one process at a time can open. */
  readonly pools?: readonly string[];
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutSeconds?: number;
  /** Among steps that may start the higher one goes first; 0 unless given. */
  readonly priority?: number;
  readonly isolation?: Isolation;
  /** Names of hooks that are called at its end. */
  readonly hooks?: readonly string[];
  readonly tags?: { readonly [key: string]: string };
}
