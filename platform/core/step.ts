import type { AssetKey, CheckKey } from "./asset-key.ts";
import type { RetryPolicy } from "./policies.ts";

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
  /** `observe` records observations instead of materializations. */
  readonly execution: "materialize" | "observe" | "check";
  readonly resources: readonly string[];
  readonly pool?: string;
  /** Pools that it takes besides `pool`, such as that of a DuckDB file, which one process at a time can open. */
  readonly pools?: readonly string[];
  readonly retryPolicy?: RetryPolicy;
  readonly timeoutSeconds?: number;
  readonly tags?: { readonly [key: string]: string };
}
