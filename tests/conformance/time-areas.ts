import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { overallHealth } from "../../platform/automation/asset-health.ts";
import { backfillRuns } from "../../platform/automation/backfill-runs.ts";
import { freshnessState } from "../../platform/automation/freshness-state.ts";
import { dueTicks, startSchedule } from "../../platform/automation/schedule-ticks.ts";
import { scheduledPartitions } from "../../platform/automation/scheduled-partitions.ts";
import { isSensorDue, settleSensorTick } from "../../platform/automation/sensor-tick.ts";
import type { FreshnessPolicy } from "../../platform/core/freshness.ts";
import { type HealthState, healthStates } from "../../platform/core/health.ts";
import type { BackfillPolicy } from "../../platform/core/policies.ts";
import { type CronText, parseCron, ticksBack, ticksFrom } from "../../platform/cron/ticks.ts";
import { freshnessFaults } from "../../platform/graph/validate-assets.ts";
import { partitionCron } from "../../platform/partition/partition-cron.ts";
import { keysInRange, partitionKeys, windowOfKey } from "../../platform/partition/partition-keys.ts";
import { defaultMapping, downstreamKeys, upstreamKeys } from "../../platform/partition/partition-mapping.ts";
import { resolvePartitionSet } from "../../platform/partition/partition-set.ts";
import { validateMapping } from "../../platform/partition/validate-mapping.ts";
import { validatePartitions } from "../../platform/partition/validate-partitions.ts";
import { assetOf, merge } from "../graph/loaded-project.ts";
import type { CaseResult } from "./conformance.ts";
import { eventSensorAnswer } from "./event-sensor-cases.ts";
import { definitionOf, mappingOf, momentOf, type Written, withBars } from "./partition-forms.ts";

interface Step {
  readonly op: string;
  readonly at?: string;
  readonly [field: string]: unknown;
}

type Fields = { readonly [field: string]: unknown };

interface TimeCase {
  readonly id: string;
  readonly area: string;
  readonly setup: Fields;
  readonly steps: readonly Step[];
  readonly expect: unknown;
}

/** Plays the cases of one area of `automation.json` other than that of conditions. */
export function runTimeCases(area: string) {
  return async (folder: string): Promise<CaseResult[]> => {
    const cases = JSON.parse(readFileSync(resolve(folder, "automation.json"), "utf8")) as TimeCase[];
    return await Promise.all(cases.filter((one) => one.area === area).map(runCase));
  };
}

async function runCase(one: TimeCase): Promise<CaseResult> {
  try {
    const wanted = recommended(one.expect);
    const got = JSON.parse(JSON.stringify(await answer(one)));
    const same = sameWhereExpected(got, wanted);
    return {
      id: one.id,
      failures: same ? [] : [`gives ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`],
    };
  } catch (error) {
    return {
      id: one.id,
      failures: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
    };
  }
}

function recommended(expected: unknown): unknown {
  const isPair = typeof expected === "object" && expected !== null && "recommended" in expected;
  return isPair ? expected.recommended : expected;
}

/** Reasons are told in our own words, and one wanted `valid` stands for the rest of an answer. */
function sameWhereExpected(got: unknown, wanted: unknown): boolean {
  if (isPlain(got) && isPlain(wanted)) {
    return Object.entries(wanted).every(
      ([name, value]) => name === "reason" || sameWhereExpected(got[name], value),
    );
  }
  if (Array.isArray(got) && Array.isArray(wanted))
    return got.length === wanted.length && wanted.every((value, at) => sameWhereExpected(got[at], value));
  return isDeepStrictEqual(got, wanted);
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function answer(one: TimeCase): unknown {
  const { setup, steps, area } = one;
  const [first] = steps;
  if (first === undefined) throw new Error("a case without steps");
  if ("sensor" in setup || "sensors" in setup)
    return setup["type"] === undefined ? sensorAnswer(one) : eventSensorAnswer(one);
  switch (first.op) {
    case "next_ticks":
    case "previous_ticks":
      return tickAnswer(setup, first);
    case "validate":
      return { valid: isValid(area, setup) };
    case "list_partition_keys":
      return listedKeys(setup);
    case "inferred_mapping":
    case "upstream_of":
    case "downstream_of":
      return steps.map((step) => mappedKeys(setup, step));
    case "expand_range":
      return rangeAnswer(setup, first);
    case "plan_backfill_runs":
      return { runs: plannedRuns(setup, first) };
    case "start_schedule":
      return scheduleAnswer(one);
    case "tick":
      return partitionTick(setup, first);
    case "evaluate":
      return freshnessAnswer(setup, steps);
    case "overall_health":
      return { overall: healthAnswer(setup) };
    case "apply_freshness_policy":
      return { policy: appliedPolicy(setup) };
    default:
      throw new Error(`unknown op ${first.op}`);
  }
}

function tickAnswer({ cron, timezone }: Fields, { op, inclusive_from: from, n }: Step): unknown {
  const list = op === "next_ticks" ? ticksFrom : ticksBack;
  const ticks = list(cron as CronText, String(timezone), Temporal.Instant.from(String(from))).take(
    n as number,
  );
  return {
    ticks: [...ticks].map((tick) => ({
      utc: tick.toString(),
      local: tick.toZonedDateTimeISO(String(timezone)).toString({ timeZoneName: "never" }),
    })),
  };
}

function isValid(area: string, setup: Fields): boolean {
  if (area === "cron") return parseCron(setup["cron"] as CronText).ok;
  if (area === "freshness") return freshnessFaults(policyOf(setup["policy"])).length === 0;
  const [upstream, downstream] = [setup["upstream"], setup["downstream"]].map((side) =>
    side == null ? undefined : definitionOf(side as Written),
  );
  const faults = [upstream, downstream].flatMap((side) =>
    side === undefined ? [] : validatePartitions(side),
  );
  const mapping = mappingOf(setup["mapping"]);
  const reason = validateMapping(mapping, {
    upstream,
    downstream,
    isSelf: setup["self_dependency"] === true,
  });
  return faults.length === 0 && reason === undefined;
}

function listedKeys(setup: Fields): unknown {
  const definition = definitionOf(setup["partitions"] as Written);
  const keys = partitionKeys(definition, momentOf(setup));
  const texts = [...keys].map(withBars);
  const windows = texts.flatMap((key) => {
    const window = definition.type === "time" ? windowOfKey(definition, key) : undefined;
    if (window === undefined) return [];
    const [start, end] = [window.start.toInstant(), window.end.toInstant()];
    return [{ key, start: start.toString(), end: end.toString(), hours: end.since(start).total("hours") }];
  });
  return { count: keys.count, keys: texts, first: texts[0] ?? null, last: texts.at(-1) ?? null, windows };
}

function mappedKeys(setup: Fields, { op, keys }: Step): unknown {
  const dep = {
    mapping: mappingOf(setup["mapping"]),
    downstream: definitionOf(setup["downstream"] as Written),
    upstream: definitionOf(setup["upstream"] as Written),
    moment: momentOf(setup),
  };
  if (op === "inferred_mapping") return { op, mapping: defaultMapping(dep).type };
  if (op === "downstream_of") return { op, keys: downstreamKeys(dep, keys as string[]).map(withBars) };
  if (op !== "upstream_of") throw new Error(`unknown op ${op}`);
  const { keys: found, missing } = upstreamKeys(dep, keys as string[]);
  return { op, keys: found.map(withBars), required_but_nonexistent: missing.map(withBars) };
}

function rangeAnswer(setup: Fields, { start, end }: Step): unknown {
  const keys = partitionKeys(definitionOf(setup["partitions"] as Written), momentOf(setup));
  try {
    return { valid: true, keys: keysInRange(keys, String(start), String(end)).map(withBars) };
  } catch (error) {
    if (error instanceof RangeError) return { valid: false };
    throw error;
  }
}

function plannedRuns(setup: Fields, { keys: wanted }: Step): unknown {
  const keys = partitionKeys(definitionOf(setup["partitions"] as Written), momentOf(setup));
  const set = { kind: "keys", keys: wanted as string[] } as const;
  const written = setup["backfill_policy"] as { type: string; max_partitions_per_run?: number } | null;
  const policy: BackfillPolicy | undefined =
    written === null || written === undefined
      ? undefined
      : written.type === "single_run"
        ? { type: "single_run" }
        : { type: "multi_run", maxPartitionsPerRun: written.max_partitions_per_run ?? 1 };
  return backfillRuns(resolvePartitionSet(set, keys).ordinals, keys, policy);
}

/** A crash before the transaction's end leaves nothing behind, so the same tick is due again. */
function scheduleAnswer({ setup, steps, expect }: TimeCase): unknown {
  let spec = {
    cron: setup["cron"] as string,
    timeZone: String(setup["timezone"]),
    ...(setup["partitioned"] === true
      ? { catchUp: { type: "all", max: setup["max_catchup_runs"] as number } as const }
      : {}),
  };
  let state = startSchedule(spec, 0);
  const iterations: { iteration: number; ticks: string[] }[] = [];
  for (const { op, at, cron, crash_after: crash } of steps) {
    const now = Temporal.Instant.from(String(at)).epochMilliseconds;
    if (op === "start_schedule") state = startSchedule(spec, now);
    else if (op === "set_cron") spec = { ...spec, cron: String(cron) };
    else if (op === "daemon_iteration") {
      const due = dueTicks(spec, state, now);
      if (crash !== undefined) continue;
      state = due.state;
      const ticks = due.ticks.map((ms) => Temporal.Instant.fromEpochMilliseconds(ms).toString());
      iterations.push({ iteration: iterations.length + 1, ticks });
    } else throw new Error(`unknown op ${op}`);
  }
  if (Array.isArray(expect)) return iterations;
  const total = iterations.reduce((sum, { ticks }) => sum + ticks.length, 0);
  return { total_runs: total, tick_status: total > 0 ? "SUCCESS" : "SKIPPED" };
}

function partitionTick(setup: Fields, { at }: Step): unknown {
  const definition = definitionOf(setup["partitions"] as Written);
  const asked = scheduledPartitions(definition, { now: Temporal.Instant.from(String(at)) });
  if ("skipped" in asked) return { runs: [], tick_status: "SKIPPED" };
  const runs = asked.keys.map((key) => ({ partition: withBars(key), run_key: withBars(key) }));
  const written = setup["cron_from_partitions"] as { [offset: string]: number } | undefined;
  if (written === undefined) return { runs };
  const offsets = Object.fromEntries(
    Object.entries(written).map(([name, value]) => [
      name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
  const made = partitionCron(definition, offsets);
  return "cron" in made ? { runs, cron: made.cron } : { runs, reason: made.reason };
}

function freshnessAnswer({ policy }: Fields, steps: readonly Step[]): unknown {
  let materializedAt: number | undefined;
  return steps.map(({ at, materialized_at: materialized }) => {
    if (materialized !== undefined)
      materializedAt = Temporal.Instant.from(String(materialized)).epochMilliseconds;
    const now = Temporal.Instant.from(String(at)).epochMilliseconds;
    return { at, state: freshnessState(policyOf(policy), materializedAt, now).toUpperCase() };
  });
}

function policyOf(written: unknown): FreshnessPolicy {
  const policy = written as { [field: string]: unknown };
  if (policy["type"] === "time_window") {
    const warn = policy["warn_window_seconds"] as number | null | undefined;
    return {
      type: "time_window",
      failSeconds: policy["fail_window_seconds"] as number,
      ...(warn == null ? {} : { warnSeconds: warn }),
    };
  }
  if (policy["type"] !== "cron") throw new Error(`unknown policy ${String(policy["type"])}`);
  return {
    type: "cron",
    deadlineCron: policy["deadline_cron"] as string,
    lowerBoundSeconds: policy["lower_bound_delta_seconds"] as number,
    timeZone: (policy["timezone"] as string | undefined) ?? "UTC",
  };
}

function healthAnswer(setup: Fields): string {
  const part = (name: string): HealthState => {
    const state = healthStates.find((known) => known === String(setup[name]).toLowerCase());
    if (state === undefined) throw new Error(`unknown health ${String(setup[name])}`);
    return state;
  };
  return overallHealth({
    materialization: part("materialization"),
    checks: part("checks"),
    freshness: part("freshness"),
  }).toUpperCase();
}

/** What a folder's default, with or without `overwrite`, makes of the asset's own policy at the merge. */
function appliedPolicy({
  asset_policy: own,
  applied_policy: applied,
  overwrite_existing: overwrite,
}: Fields): unknown {
  const merged = merge([
    {
      assets: [{ key: "asset", ...(own === null ? {} : { freshnessPolicy: policyOf(own) }) }],
      patches: [
        {
          operation: overwrite === true ? "overwrite" : "default",
          fields: { freshness_policy: policyOf(applied) },
        },
      ],
    },
  ]);
  const policy = assetOf(merged, "asset")?.freshnessPolicy;
  if (policy?.type !== "time_window") return policy ?? null;
  const { failSeconds, warnSeconds } = policy;
  return {
    type: "time_window",
    fail_window_seconds: failSeconds,
    ...(warnSeconds === undefined ? {} : { warn_window_seconds: warnSeconds }),
  };
}

function sensorAnswer({ setup, steps }: TimeCase): unknown {
  const known = new Map<string, Set<string>>();
  let cursor: string | null = (setup["cursor"] as string | null | undefined) ?? null;
  let previousStart: number | undefined;
  const answers: unknown[] = [];
  for (const step of steps) {
    switch (step.op) {
      case "daemon_iteration": {
        const now = Temporal.Instant.from(String(step.at)).epochMilliseconds;
        const evaluated = isSensorDue(previousStart, setup["minimum_interval_seconds"] as number, now);
        if (evaluated) previousStart = now;
        answers.push({ evaluated });
        break;
      }
      case "evaluate": {
        const sensor = String(step["sensor"] ?? setup["sensor"]);
        const keys = known.get(sensor) ?? new Set<string>();
        known.set(sensor, keys);
        const requests = ((step["emits"] ?? []) as { run_key?: string }[]).map(({ run_key: runKey }) =>
          runKey === undefined ? {} : { runKey },
        );
        const settled = settleSensorTick<{ readonly runKey?: string }>(
          { cursor, isKnown: (key) => keys.has(key) },
          step["error"] === true
            ? { failure: "it threw" }
            : { requests, ...(step["cursor"] === undefined ? {} : { cursor: String(step["cursor"]) }) },
        );
        cursor = settled.cursor;
        const launched = settled.launched.map(({ runKey }) => runKey);
        for (const key of launched) if (key !== undefined) keys.add(key);
        answers.push({ launched, status: settled.status.toUpperCase(), cursor });
        break;
      }
      default:
        throw new Error(`unknown op ${step.op}`);
    }
  }
  return answers;
}
