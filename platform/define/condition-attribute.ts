import {
  allDepsMatch, allowDeps, and, anyDepsMatch, eager, ignoreDeps, inProgress, labelled, newlyTrue, not, onCron, onMissing, operand, or, since,
  anyDepsUpdated, anyDepsMissing, anyDepsInProgress, allDepsBlockingChecksPassed, cronTickPassed, newlyMissing, inLatestTimeWindow, sinceLastHandled,
} from "../core/condition-builders.ts";
import { type AutomationCondition, isAutomationCondition, plainOperands } from "../core/condition.ts";
import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";

/** Conditions that go by their name alone. */
export const namedConditions: { readonly [name: string]: () => AutomationCondition } = {
  eager,
  on_missing: onMissing,
  in_progress: inProgress,
  newly_missing: newlyMissing,
  any_deps_updated: anyDepsUpdated,
  any_deps_missing: anyDepsMissing,
  any_deps_in_progress: anyDepsInProgress,
  all_deps_blocking_checks_passed: allDepsBlockingChecksPassed,
  in_latest_time_window: () => inLatestTimeWindow(),
  ...Object.fromEntries(plainOperands.map((type) => [type, () => operand(type)])),
  hourly_if_not_in_progress: () => and(cronTickPassed("0 * * * *"), not(inProgress())),
  daily_if_not_in_progress: () => and(cronTickPassed("0 0 * * *"), not(inProgress())),
};

type Reader = (value: unknown, report: ReportValue) => AutomationCondition | undefined;

/** Structured forms: a mapping with exactly one of these keys (and `label`). */
const structured: { readonly [key: string]: Reader } = {
  all_of: (value, report) => joined(and, value, report),
  any_of: (value, report) => joined(or, value, report),
  not: (value, report) => wrapped(not, value, report),
  newly_true: (value, report) => wrapped(newlyTrue, value, report),
  any_deps_match: (value, report) => wrapped(anyDepsMatch, value, report),
  all_deps_match: (value, report) => wrapped(allDepsMatch, value, report),
  since_last_handled: (value, report) => wrapped(sinceLastHandled, value, report),
  since: (value, report) =>
    withParts(value, ["trigger", "reset"], report, (parts) =>
      since(parts["trigger"] as AutomationCondition, parts["reset"] as AutomationCondition),
    ),
  on_cron: (value, report) => cronForm(onCron, value, report),
  cron_tick_passed: (value, report) => cronForm(cronTickPassed, value, report),
  ignore: (value, report) => scoped(ignoreDeps, value, report),
  allow: (value, report) => scoped(allowDeps, value, report),
};

/** A template that gives a condition, a name such as `eager`, or a mapping such as `{all_of: […]}`. */
export const conditionType: AttributeType<AutomationCondition> = {
  name: "automation-condition",
  written: {
    description:
      "When the asset is due: a template such as `{{ automation.on_cron('0 3 * * *') }}`, a name such as `eager`, or a mapping with one of all_of, any_of, not, since, newly_true, on_cron, cron_tick_passed, any_deps_match, all_deps_match, since_last_handled, allow, ignore.",
    anyOf: [
      { enum: Object.keys(namedConditions) },
      {
        type: "object",
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries([...Object.keys(structured), "label"].map((key) => [key, {}])),
      },
    ],
  },
  isReady: isAutomationCondition,
  read: readCondition,
};

function readCondition(value: unknown, report: ReportValue): AutomationCondition | undefined {
  if (isPlainObject(value)) {
    if (isAutomationCondition(value)) return value;
    return readMapping(value, report);
  }
  const named = typeof value === "string" && Object.hasOwn(namedConditions, value) ? namedConditions[value] : undefined;
  if (named !== undefined) return named();
  report([], {
    code: typeof value === "string" ? "template-type" : "invalid-condition",
    message: `${typeof value === "string" ? `\`${value}\`` : "this"} is no automation condition`,
    hint:
      (typeof value === "string" ? didYouMean(value, Object.keys(namedConditions)) : undefined) ??
      "write a name such as `eager`, a mapping such as `{all_of: [...]}`, or a template that stands alone, without text around it",
  });
  return undefined;
}

function readMapping(value: Record<string, unknown>, report: ReportValue): AutomationCondition | undefined {
  const keys = Object.keys(value).filter((key) => key !== "label");
  const unknown = keys.find((key) => !Object.hasOwn(structured, key));
  if (unknown !== undefined) {
    report([unknown], {
      code: "invalid-condition",
      message: `a condition has no \`${unknown}\``,
      hint: didYouMean(unknown, Object.keys(structured)) ?? `known: ${Object.keys(structured).join(", ")}`,
    });
    return undefined;
  }
  const [key] = keys;
  if (key === undefined || keys.length > 1) {
    report([], { code: "invalid-condition", message: `a condition written as a mapping has exactly one of ${Object.keys(structured).join(", ")}` });
    return undefined;
  }
  const condition = (structured[key] as Reader)(value[key], (path, problem) => report([key, ...path], problem));
  if (condition === undefined || value["label"] === undefined) return condition;
  return labelled(String(value["label"]), condition);
}

function joined(
  join: (...operands: AutomationCondition[]) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    report([], { code: "invalid-condition", message: "a list of conditions is expected here" });
    return undefined;
  }
  const parts = value.map((part, index) => readCondition(part, (path, problem) => report([index, ...path], problem)));
  return parts.includes(undefined) ? undefined : join(...(parts as AutomationCondition[]));
}

function wrapped(
  wrap: (operand: AutomationCondition) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  const part = readCondition(value, report);
  return part === undefined ? undefined : wrap(part);
}

function cronForm(
  make: (cron: string, timeZone?: string) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  if (typeof value === "string") return make(value);
  if (isPlainObject(value) && typeof value["cron"] === "string") {
    const zone = value["timezone"];
    if (zone === undefined || typeof zone === "string") return make(value["cron"], zone);
  }
  report([], {
    code: "invalid-condition",
    message: "a cron text, or a mapping with `cron` and perhaps `timezone`, is expected here",
  });
  return undefined;
}

function scoped(
  scope: (condition: AutomationCondition, selection: string) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  const selection = isPlainObject(value) ? value["selection"] : undefined;
  if (typeof selection !== "string") {
    report([], { code: "invalid-condition", message: "`selection` and `condition` are expected here" });
    return undefined;
  }
  return withParts(value, ["condition"], report, (parts) => scope(parts["condition"] as AutomationCondition, selection));
}

function withParts(
  value: unknown,
  names: readonly string[],
  report: ReportValue,
  make: (parts: { readonly [name: string]: AutomationCondition }) => AutomationCondition,
): AutomationCondition | undefined {
  const mapping = isPlainObject(value) ? value : {};
  const missing = names.find((name) => mapping[name] === undefined);
  if (missing !== undefined) {
    report([], { code: "invalid-condition", message: `\`${missing}\` is missing` });
    return undefined;
  }
  const parts: Record<string, AutomationCondition> = {};
  for (const name of names) {
    const part = readCondition(mapping[name], (path, problem) => report([name, ...path], problem));
    if (part === undefined) return undefined;
    parts[name] = part;
  }
  return make(parts);
}
