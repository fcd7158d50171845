import type { AssetSpec } from "../core/asset.ts";
import type { AutomationCondition } from "../core/condition.ts";
import { walkCondition } from "../core/condition.ts";
import type { FreshnessPolicy } from "../core/freshness.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import type { ProblemCode } from "../core/problem.ts";
import { parseCron, ticksFrom } from "../cron/ticks.ts";
import { type PartitionsFault, validatePartitions } from "../partition/validate-partitions.ts";
import type { CollectedAsset } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { placeOf } from "./place.ts";
import { parseSelection } from "./selection.ts";

/** What is wrong with a condition or policy, whoever has it. */
export interface ValueFault {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string | undefined;
}

/**
 * Tells of conditions, policies, partitions, owners and tags that are wrong, and takes out of the spec what could not
 * be evaluated.
 */
export function validateAssets(assets: Iterable<CollectedAsset>, problems: MergeProblems): void {
  for (const asset of assets) {
    const { spec, component } = asset;
    const broken: (keyof AssetSpec)[] = [];
    const tell = (field: keyof AssetSpec, faults: readonly ValueFault[]): void => {
      for (const fault of faults)
        problems.report({ ...fault, span: placeOf(spec, component, field) }, component);
    };
    const judge = (field: keyof AssetSpec, faults: readonly ValueFault[]): void => {
      if (faults.length > 0) broken.push(field);
      tell(field, faults);
    };
    if (spec.automationCondition !== undefined)
      judge("automationCondition", conditionFaults(spec.automationCondition));
    if (spec.freshnessPolicy !== undefined) judge("freshnessPolicy", freshnessFaults(spec.freshnessPolicy));
    if (spec.partitions !== undefined) judge("partitions", partitionsFaults(spec.partitions));
    if (spec.owners !== undefined) tell("owners", ownerFaults(spec.owners));
    if (spec.tags !== undefined) tell("tags", tagFaults(spec.tags));
    if (spec.groupName !== undefined) tell("groupName", groupFaults(spec.groupName));
    if (broken.length > 0)
      asset.spec = Object.fromEntries(
        Object.entries(spec).filter(([field]) => !broken.includes(field as keyof AssetSpec)),
      ) as unknown as AssetSpec;
  }
}

const soundConditions = new WeakSet<AutomationCondition>();
const soundPartitions = new WeakSet<PartitionsDefinition>();

/** What is wrong with a condition; the same mistake inside it, repeated by a name such as `on_cron`, once. */
export function conditionFaults(condition: AutomationCondition): ValueFault[] {
  if (soundConditions.has(condition)) return [];
  const faults = new Map<string, ValueFault>();
  for (const part of walkCondition(condition)) {
    for (const fault of partFaults(part)) faults.set(fault.message, fault);
  }
  if (faults.size === 0) soundConditions.add(condition);
  return [...faults.values()];
}

function partFaults(part: AutomationCondition): ValueFault[] {
  switch (part.type) {
    case "cron_tick_passed":
      return cronFaults(part.cron, part.timeZone);
    case "any_deps_match":
    case "all_deps_match":
    case "all_deps_updated_since_last_handled":
      return [...(part.allow ?? []), ...(part.ignore ?? [])].flatMap(selectionFaults);
    case "in_latest_time_window":
      if (part.lookbackSeconds === undefined || part.lookbackSeconds > 0) return [];
      return [
        {
          code: "invalid-condition",
          message: "`in_latest_time_window` looks back for a length of time above 0",
        },
      ];
    default:
      return [];
  }
}

function selectionFaults(text: string): ValueFault[] {
  const parsed = parseSelection(text);
  if ("selection" in parsed) return [];
  const { reason, hint, column } = parsed.fault;
  const message = `the selection \`${text}\` is wrong at its column ${column}: ${reason}`;
  return [{ code: "invalid-selection", message, hint }];
}

/** One problem for the text (of a list, the first wrong one) and one for the time zone. */
export function cronFaults(cron: string | readonly string[], timeZone: string): ValueFault[] {
  const text = typeof cron === "string" ? [cron] : cron;
  const byText = parseCron(text, "UTC");
  const byZone = parseCron("0 0 * * *", timeZone);
  const faults: ValueFault[] = [];
  if (!byText.ok)
    faults.push({
      code: "invalid-cron",
      message: `the cron text ${text.map((one) => `\`${one}\``).join(", ")} is wrong: ${byText.reason}`,
      hint: byText.hint,
    });
  if (!byZone.ok) faults.push({ code: "invalid-time-zone", message: byZone.reason, hint: byZone.hint });
  return faults;
}

export function freshnessFaults(policy: FreshnessPolicy): ValueFault[] {
  const fault = (message: string): ValueFault => ({ code: "invalid-freshness-policy", message });
  if (policy.type === "cron") {
    return [
      ...cronFaults(policy.deadlineCron, policy.timeZone),
      ...(policy.lowerBoundSeconds >= 60 ? [] : [fault("`lower_bound_delta` must be at least a minute")]),
      ...(isWithinInterval(policy)
        ? []
        : [fault("`lower_bound_delta` must not be longer than the time between two deadlines")]),
    ];
  }
  const { failSeconds, warnSeconds } = policy;
  if (!(failSeconds >= 60) || (warnSeconds !== undefined && !(warnSeconds >= 60)))
    return [fault("a freshness window must be at least a minute")];
  return warnSeconds !== undefined && warnSeconds >= failSeconds
    ? [fault("`warn_window` must be shorter than `fail_window`")]
    : [];
}

/** Ticks enough for every cadence that a cron text can have within a year. */
const judgedTicks = 400;

/** Judged without changing clocks, so that a day is always 24 hours; a wrong cron text is told elsewhere. */
function isWithinInterval({
  deadlineCron,
  lowerBoundSeconds,
}: Extract<FreshnessPolicy, { type: "cron" }>): boolean {
  if (!parseCron(deadlineCron, "UTC").ok) return true;
  let before: Temporal.Instant | undefined;
  for (const tick of ticksFrom(deadlineCron, "UTC", Temporal.Instant.from("2024-01-01T00:00Z")).take(
    judgedTicks,
  )) {
    if (before !== undefined && tick.since(before).total("seconds") < lowerBoundSeconds) return false;
    before = tick;
  }
  return true;
}

function partitionsFaults(partitions: PartitionsDefinition): PartitionsFault[] {
  if (soundPartitions.has(partitions)) return [];
  const faults = validatePartitions(partitions);
  if (faults.length === 0) soundPartitions.add(partitions);
  return faults;
}

function ownerFaults(owners: readonly string[]): ValueFault[] {
  return owners
    .filter((owner) => !/^team:\S(.*\S)?$/.test(owner) && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(owner))
    .map((owner) => ({
      code: "invalid-owner",
      message: `\`${owner}\` is no owner`,
      hint: `write an e-mail address, or \`team:${owner.replace(/^team:/, "").trim() || "data"}\``,
    }));
}

function tagFaults(tags: { readonly [key: string]: string }): ValueFault[] {
  return Object.entries(tags)
    .filter(
      ([key, value]) =>
        key.trim() === "" || key.length > 256 || typeof value !== "string" || value.length > 1024,
    )
    .map(([key]) => ({
      code: "invalid-tag",
      message: `the tag \`${key}\` is wrong: a key has 1 to 256 characters, a value is text of at most 1024`,
    }));
}

function groupFaults(group: string): ValueFault[] {
  if (group.trim() !== "" && group === group.trim()) return [];
  return [
    {
      code: "invalid-attribute-value",
      message: "the name of a group is empty or starts or ends with a blank",
    },
  ];
}
