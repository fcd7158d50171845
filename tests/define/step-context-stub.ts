import type { AssetKey } from "../../platform/core/asset-key.ts";
import type { StepContext, StepDefinition } from "../../platform/define/step.ts";

/** What a step told of its work, in order. */
export type Told = readonly unknown[];

/** Runs a step over values by key and gives what it told; resources are instances by key. */
export async function toldBy(
  step: StepDefinition,
  given: {
    readonly values?: object;
    readonly resources?: object;
    readonly partition?: string;
    readonly config?: object;
    readonly handed?: { readonly [input: string]: unknown };
    /** Those of the step unless given. */
    readonly selectedAssets?: readonly string[];
    readonly selectedChecks?: readonly string[];
  } = {},
): Promise<Told[]> {
  const told: Told[] = [];
  const context = Object.freeze({
    step,
    resources: { ...given.resources },
    partition: given.partition === undefined ? undefined : { key: given.partition },
    tags: { team: "data" },
    config: { ...given.config },
    selectedAssets: given.selectedAssets ?? step.assets,
    selectedChecks: given.selectedChecks ?? step.checks,
    value: async (name: string) => given.handed?.[name],
    output: async (...report: unknown[]) => void told.push(["output", ...report]),
    addMetadata: (...report: unknown[]) => void told.push(["addMetadata", ...report]),
    async load(...[key, ...options]: readonly [AssetKey, ...unknown[]]) {
      told.push(["load", key, ...options]);
      const values: object = given.values ?? {};
      if (!(key in values)) throw new Error(`nothing is stored of ${key}`);
      return values[key as keyof typeof values];
    },
    store: async (...report: unknown[]) => void told.push(["store", ...report]),
    materialized: (...report: unknown[]) => void told.push(["materialized", ...report]),
    observed: (...report: unknown[]) => void told.push(["observed", ...report]),
    checked: (...report: unknown[]) => void told.push(["checked", ...report]),
  });
  await step.run(context as unknown as StepContext);
  return told;
}
