import { expect, test } from "vitest";
import { keysInRange, partitionKeys, windowOfKey } from "../../platform/partition/partition-keys.ts";
import { defaultMapping, downstreamKeys, upstreamKeys } from "../../platform/partition/partition-mapping.ts";
import { validateMapping } from "../../platform/partition/validate-mapping.ts";
import { validatePartitions } from "../../platform/partition/validate-partitions.ts";
import { definitionOf, mappingOf, momentOf, type Written, withBars } from "../conformance/partition-forms.ts";
import { automationCases, missingCases } from "../cron/automation-cases.ts";

const area = "partition-mapping";
/** Proposals of the reference that we decided otherwise, or whose rule lives elsewhere. */
const otherwise: ReadonlySet<string> = new Set([
  "multi partitions allow at most two dimensions in Dagster (ours may lift it)",
  "multi partitions key part containing | is rejected",
  "self dependency without a strictly backward time-window mapping is rejected",
]);

test("the reference cases of partitions are there", (context) => {
  if (missingCases !== undefined) context.skip(missingCases);
  expect(automationCases(area, ["list_partition_keys"]).length).toBeGreaterThan(5);
});

test.for(automationCases(area, ["list_partition_keys"]))(
  "reference case $id",
  ({ setup, expect: wanted }) => {
    const definition = definitionOf(setup["partitions"] as Written);
    const keys = partitionKeys(definition, momentOf(setup));
    const texts = [...keys].map(withBars);
    const { windows, ...plain } = wanted as { windows?: readonly unknown[] };
    expect({ count: keys.count, keys: texts, first: texts[0] ?? null, last: texts.at(-1) ?? null }).toEqual(
      plain,
    );
    if (windows === undefined || definition.type !== "time") return;
    expect(texts.map((key) => describeWindow(definition, key))).toEqual(windows);
  },
);

test.for(automationCases(area, ["inferred_mapping", "upstream_of", "downstream_of"]))(
  "reference case $id",
  ({ setup, steps, expect: wanted }) => {
    const dep = {
      mapping: mappingOf(setup["mapping"]),
      downstream: definitionOf(setup["downstream"] as Written),
      upstream: definitionOf(setup["upstream"] as Written),
      moment: momentOf(setup),
    };
    const answers = steps.map(({ op, keys }) => {
      if (op === "inferred_mapping") return { op, mapping: defaultMapping(dep).type };
      if (op === "downstream_of") return { op, keys: downstreamKeys(dep, keys as string[]).map(withBars) };
      const { keys: found, missing } = upstreamKeys(dep, keys as string[]);
      return { op, keys: found.map(withBars), required_but_nonexistent: missing.map(withBars) };
    });
    expect(answers).toEqual(wanted);
  },
);

const validations = automationCases(area, ["validate"]).filter(
  (one) => !otherwise.has((one as { title?: string }).title ?? ""),
);

test.for(validations)("reference case $id", ({ setup, expect: wanted }) => {
  const [upstream, downstream] = [setup["upstream"], setup["downstream"]].map((side) =>
    side === null ? undefined : definitionOf(side as Written),
  );
  const faults = [upstream, downstream].flatMap((side) =>
    side === undefined ? [] : validatePartitions(side),
  );
  const reason = validateMapping(mappingOf(setup["mapping"]), { upstream, downstream });
  expect(faults.length === 0 && reason === undefined).toBe((wanted as { valid: boolean }).valid);
});

test.for(automationCases(area, ["expand_range"]))(
  "reference case $id",
  ({ setup, steps, expect: wanted }) => {
    const keys = partitionKeys(definitionOf(setup["partitions"] as Written), momentOf(setup));
    const { start, end } = steps[0] as unknown as { start: string; end: string };
    const { valid, keys: range } = wanted as { valid?: boolean; keys?: string[] };
    if (valid === false) expect(() => keysInRange(keys, start, end)).toThrow(RangeError);
    else expect(keysInRange(keys, start, end).map(withBars)).toEqual(range);
  },
);

function describeWindow(definition: Parameters<typeof windowOfKey>[0], key: string) {
  const window = windowOfKey(definition, key);
  if (window === undefined) return undefined;
  const [start, end] = [window.start.toInstant(), window.end.toInstant()];
  return { key, start: start.toString(), end: end.toString(), hours: end.since(start).total("hours") };
}
