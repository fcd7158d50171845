import type { AssetKey } from "../core/asset-key.ts";
import { isMaterializeResult, resultMark } from "./output.ts";
import type { StepContext } from "./step.ts";

/**
 * Stores what a function gave as the asset's value and reports it: nothing, or a result without a value, means that
 * the function has stored it itself. A step that observes stores nothing.
 */
export async function storeResult(context: StepContext, key: AssetKey, result: unknown): Promise<void> {
  const observes = context.step.execution === "observe";
  if (isMaterializeResult(result)) {
    const { value, [resultMark]: _mark, ...options } = result;
    if (observes) return context.observed(key, options);
    if (value === undefined) return context.materialized(key, options);
    return context.store(key, value, options);
  }
  if (observes) return context.observed(key);
  if (result === undefined) return context.materialized(key);
  return context.store(key, result);
}
