import { expect, test } from "vitest";
import { onBreach } from "../../platform/core/condition-builders.ts";
import { conditionText } from "../../platform/core/condition-text.ts";
import type { CollectedAsset } from "../../platform/graph/collected.ts";
import { withFreshnessAutomation } from "../../platform/graph/freshness-automation.ts";
import { MergeProblems } from "../../platform/graph/merge-problems.ts";
import { assetOf, merge } from "./loaded-project.ts";

const policy = { type: "time_window", failSeconds: 3600 } as const;
const collected = (spec: object, step: string | undefined = "make"): CollectedAsset =>
  ({
    spec: { key: "a", ...spec },
    component: { file: "defs/component.yaml", document: 1, type: "x", line: 1 },
    ...(step === undefined ? {} : { step }),
  }) as never;

test("a breach is one more reason to ask for the asset, and the only one without a condition", () => {
  const problems = new MergeProblems();
  const given = { freshnessPolicy: policy, materializeOn: "fail" };
  const alone = withFreshnessAutomation(collected(given), problems);
  expect(conditionText(alone.automationCondition as never)).toBe('materialize_on("fail")');
  expect(alone).not.toHaveProperty("materializeOn");
  const both = withFreshnessAutomation(
    collected({ ...given, automationCondition: { type: "missing" } }),
    problems,
  );
  expect(conditionText(both.automationCondition as never)).toBe('missing() | materialize_on("fail")');
  expect(problems.problems).toEqual([]);
});

test("what nothing materializes is not asked for", () => {
  const spec = { freshnessPolicy: policy, materializeOn: "fail" };
  const external = { ...collected(spec) };
  delete (external as { step?: unknown }).step;
  expect(withFreshnessAutomation(external, new MergeProblems()).automationCondition).toBeUndefined();
});

test.for([
  { whose: "the asset's own", origins: undefined, told: 1 },
  { whose: "a folder's", origins: { materializeOn: { file: "defs/other.yaml", line: 2 } }, told: 0 },
])("a breach without a policy is told $told times where it is $whose", ({ origins, told }) => {
  const problems = new MergeProblems();
  withFreshnessAutomation(collected({ materializeOn: "warn", ...(origins && { origins }) }), problems);
  expect(problems.problems).toHaveLength(told);
});

test("a folder's default sets policy and breach at once, and takes no part in assets that nothing makes", () => {
  const merged = merge([
    {
      assets: [{ key: "a" }],
      patches: [{ operation: "default", fields: { freshness_policy: policy, materialize_on: "fail" } }],
    },
  ]);
  expect(assetOf(merged, "a")).toMatchObject({ freshnessPolicy: policy });
  expect(assetOf(merged, "a")).not.toHaveProperty("materializeOn");
});

test("a policy about all partitions asks for those that are missing as well", () => {
  expect(JSON.stringify(onBreach("fail", "all_partitions"))).toContain('"missing"');
  expect(JSON.stringify(onBreach("fail"))).not.toContain('"missing"');
});
