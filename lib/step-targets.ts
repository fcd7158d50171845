import {
  type AssetCheckSpec,
  type AssetSpec,
  type AssetSpecAttributes,
  type CheckKey,
  type CheckSpecAttributes,
  type ComponentContext,
  checkKey,
  isReference,
  type StepDefinition,
} from "#platform";

/** What one run of a program brings up to date and answers. */
export interface StepTargets {
  readonly assets: readonly AssetSpec[];
  readonly checks: readonly AssetCheckSpec[];
  /** The part of its step that follows from them. */
  readonly step: Pick<StepDefinition, "name" | "execution"> & { readonly checks: readonly CheckKey[] };
}

/**
 * The attributes `assets` and `checks` of a component with one step, which is named for its only asset or the
 * component. Reports a component that has neither, and gives nothing.
 */
export function stepTargets(
  context: ComponentContext,
  written: {
    readonly assets?: readonly AssetSpecAttributes[];
    readonly checks?: readonly CheckSpecAttributes[];
  },
  shared?: Partial<AssetSpec>,
): StepTargets | undefined {
  const assets = (written.assets ?? []).map((asset) => context.assetSpec(asset, shared));
  const checks = (written.checks ?? []).map((check) => context.checkSpec(check));
  if (assets.length + checks.length === 0) {
    context.report([], {
      code: "missing-attribute",
      message: "a script needs `assets` or `checks`",
      hint: "list what it brings up to date or what it answers",
    });
    return undefined;
  }
  return {
    assets,
    checks,
    step: {
      name: assets.length === 1 ? (assets[0]?.key as string) : context.name,
      execution: assets.length === 0 ? "check" : "materialize",
      checks: checks.flatMap(({ asset, name }) => (isReference(asset) ? [] : [checkKey(asset, name)])),
    },
  };
}
