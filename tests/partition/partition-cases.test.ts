import { expect, test } from "vitest";
import type { PartitionMapping, PartitionsDefinition } from "../../platform/core/partitions.ts";
import { type CadenceOptions, cadencePartitions } from "../../platform/core/time-partitions.ts";
import {
  type DynamicKeys,
  keysInRange,
  partitionKeys,
  windowOfKey,
} from "../../platform/partition/partition-keys.ts";
import { defaultMapping, downstreamKeys, upstreamKeys } from "../../platform/partition/partition-mapping.ts";
import { validateMapping } from "../../platform/partition/validate-mapping.ts";
import { validatePartitions } from "../../platform/partition/validate-partitions.ts";
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

interface Written {
  readonly type: string;
  readonly keys?: readonly string[];
  readonly name?: string;
  readonly dims?: { readonly [name: string]: Written };
  readonly cron?: string;
  readonly [field: string]: unknown;
}

function definitionOf(written: Written): PartitionsDefinition {
  switch (written.type) {
    case "static":
      return { type: "static", keys: written.keys ?? [] };
    case "dynamic":
      return { type: "dynamic", name: written.name ?? "" };
    case "multi": {
      const dimensions = Object.entries(written.dims ?? {}).map(([name, side]) => [name, definitionOf(side)]);
      return { type: "multi", dimensions: Object.fromEntries(dimensions) };
    }
    case "time_window": {
      const { cadence: _cadence, ...windows } = cadencePartitions("daily", optionsOf(written));
      return { ...windows, cron: written.cron ?? "" };
    }
    default:
      return cadencePartitions(written.type as "daily", optionsOf(written));
  }
}

function optionsOf(written: Written): CadenceOptions {
  const names = {
    start: "start",
    end: "end",
    timezone: "timeZone",
    fmt: "format",
    minute_offset: "minuteOffset",
    hour_offset: "hourOffset",
    day_offset: "dayOffset",
    end_offset: "endOffset",
    exclusions: "exclusions",
  };
  const options = Object.entries(names).flatMap(([from, to]) =>
    written[from] === undefined ? [] : [[to, written[from]]],
  );
  return Object.fromEntries(options) as CadenceOptions;
}

function mappingOf(written: unknown): PartitionMapping | undefined {
  if (written === undefined || written === "default") return undefined;
  const { type, ...fields } = written as { type: string; [field: string]: unknown };
  switch (type) {
    case "time_window":
      return {
        type,
        startOffset: (fields["start_offset"] as number | undefined) ?? 0,
        endOffset: (fields["end_offset"] as number | undefined) ?? 0,
        allowNonexistent: (fields["allow_nonexistent"] as boolean | undefined) ?? false,
      };
    case "static":
      return {
        type,
        map: Object.fromEntries(
          Object.entries(fields["map"] as object).map(([key, to]) => [key, [to].flat()]),
        ),
      };
    case "multi":
      return {
        type,
        dimensions: Object.fromEntries(
          Object.entries(fields["dims"] as { [name: string]: { dimension: string; mapping?: unknown } }).map(
            ([name, side]) => [
              name,
              { dimension: side.dimension, mapping: mappingOf(side.mapping) ?? { type: "identity" } },
            ],
          ),
        ),
      };
    default:
      return written as PartitionMapping;
  }
}

function momentOf(setup: { readonly [key: string]: unknown }) {
  const now = String(setup["now"]);
  return {
    now: Temporal.Instant.from(now.includes("T") ? now : `${now}T00:00:00Z`),
    dynamicKeys: (setup["dynamic_partitions"] ?? {}) as DynamicKeys,
  };
}

/** The reference joins the values of a multi key by bars. */
function withBars(key: string): string {
  return key.startsWith("{") ? Object.values(JSON.parse(key) as object).join("|") : key;
}

function describeWindow(definition: Parameters<typeof windowOfKey>[0], key: string) {
  const window = windowOfKey(definition, key);
  if (window === undefined) return undefined;
  const [start, end] = [window.start.toInstant(), window.end.toInstant()];
  return { key, start: start.toString(), end: end.toString(), hours: end.since(start).total("hours") };
}
