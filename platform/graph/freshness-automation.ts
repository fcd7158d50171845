import type { AssetSpec } from "../core/asset.ts";
import { onBreach, or } from "../core/condition-builders.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";

/**
 * The spec with `materialize_on` as a part of its condition. What nothing materializes is not asked for; without a
 * policy there is nothing to breach, which is told where the asset says it by itself and not a folder for many.
 */
export function withFreshnessAutomation(
  { spec: { materializeOn, ...spec }, component, step }: CollectedAsset,
  problems: MergeProblems,
): AssetSpec {
  if (materializeOn === undefined) return spec;
  const { freshnessPolicy, automationCondition: own, origins } = spec;
  if (freshnessPolicy === undefined) {
    const isOwn =
      origins?.["materializeOn"] === undefined || origins["materializeOn"].file === component.file;
    if (isOwn) {
      problems.report({
        code: "invalid-freshness-policy",
        severity: "warning",
        message: `\`${spec.key}\` is materialized on a breach, and has no freshness policy to breach`,
        hint: "write a `freshness_policy`, such as `{time_window: {fail_window: 36h}}`",
        span: placeOf(spec, component, "materializeOn"),
      });
    }
    return spec;
  }
  if (step === undefined || spec.observable === true) return spec;
  const breach = onBreach(materializeOn, freshnessPolicy.scope);
  const place = origins?.["materializeOn"];
  return {
    ...spec,
    automationCondition: own === undefined ? breach : or(own, breach),
    ...(own !== undefined || place === undefined
      ? {}
      : { origins: { ...origins, automationCondition: place } }),
  };
}
