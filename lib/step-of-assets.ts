import type { AssetSpec, StepDefinition } from "#platform";

/** What a step must carry besides its code. */
type StepParts = Pick<StepDefinition, "name" | "run"> & Partial<StepDefinition>;

/**
 * A step that brings all of `specs` up to date together. Pool and retry policy are those of the first asset that
 * names one; resources are those of all.
 */
export function stepOfAssets(specs: readonly AssetSpec[], parts: StepParts): StepDefinition {
  const pool = specs.find((spec) => spec.pool !== undefined)?.pool;
  const retryPolicy = specs.find((spec) => spec.retryPolicy !== undefined)?.retryPolicy;
  return {
    assets: specs.map((spec) => spec.key),
    checks: [],
    canSubset: false,
    execution: "materialize",
    resources: [...new Set(specs.flatMap((spec) => spec.resources ?? []))],
    ...(pool === undefined ? {} : { pool }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...parts,
  };
}
