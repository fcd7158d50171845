import { type AutomationCondition, isAutomationCondition, plainOperands } from "../core/condition.ts";
import {
  allDepsBlockingChecksPassed,
  allDepsMatch,
  allowDeps,
  and,
  anyDepsInProgress,
  anyDepsMatch,
  anyDepsMissing,
  anyDepsUpdated,
  cronTickPassed,
  eager,
  ignoreDeps,
  inLatestTimeWindow,
  inProgress,
  labelled,
  newlyMissing,
  newlyTrue,
  not,
  onCron,
  onMissing,
  operand,
  or,
  since,
  sinceLastHandled,
} from "../core/condition-builders.ts";
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
  since: readSince,
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
  const named =
    typeof value === "string" && Object.hasOwn(namedConditions, value) ? namedConditions[value] : undefined;
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
    report([], {
      code: "invalid-condition",
      message: `a condition written as a mapping has exactly one of ${Object.keys(structured).join(", ")}`,
    });
    return undefined;
  }
  const label = value["label"];
  if (label !== undefined && (typeof label !== "string" || label.trim() === "")) {
    report(["label"], { code: "invalid-condition", message: "`label` takes text" });
    return undefined;
  }
  const condition = (structured[key] as Reader)(value[key], below(key, report));
  return condition === undefined || label === undefined ? condition : labelled(label, condition);
}

function below(step: string | number, report: ReportValue): ReportValue {
  return (path, problem) => report([step, ...path], problem);
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
  const parts = value.map((part, index) => readCondition(part, below(index, report)));
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

function readSince(value: unknown, report: ReportValue): AutomationCondition | undefined {
  const mapping = mappingWith(["trigger", "reset"], value, report);
  if (mapping === undefined) return undefined;
  const trigger = readCondition(mapping["trigger"], below("trigger", report));
  const reset = readCondition(mapping["reset"], below("reset", report));
  return trigger === undefined || reset === undefined ? undefined : since(trigger, reset);
}

function cronForm(
  make: (cron: string, timeZone?: string) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  if (typeof value === "string") return make(value);
  const mapping = mappingWith(["cron", "timezone?"], value, report);
  if (mapping === undefined) return undefined;
  const cron = textAt("cron", mapping, report);
  if (mapping["timezone"] === undefined) return cron === undefined ? undefined : make(cron);
  const timeZone = textAt("timezone", mapping, report);
  return cron === undefined || timeZone === undefined ? undefined : make(cron, timeZone);
}

function scoped(
  scope: (condition: AutomationCondition, selection: string) => AutomationCondition,
  value: unknown,
  report: ReportValue,
): AutomationCondition | undefined {
  const mapping = mappingWith(["selection", "condition"], value, report);
  if (mapping === undefined) return undefined;
  const selection = textAt("selection", mapping, report);
  const condition = readCondition(mapping["condition"], below("condition", report));
  return selection === undefined || condition === undefined ? undefined : scope(condition, selection);
}

function textAt(name: string, mapping: Record<string, unknown>, report: ReportValue): string | undefined {
  const text = mapping[name];
  if (typeof text === "string") return text;
  report([name], { code: "invalid-condition", message: `\`${name}\` takes text` });
  return undefined;
}

/** The value if it is a mapping with these keys and no others; one that ends with `?` may be missing. */
function mappingWith(
  keys: readonly string[],
  value: unknown,
  report: ReportValue,
): Record<string, unknown> | undefined {
  const names = keys.map((key) => key.replace("?", ""));
  if (!isPlainObject(value)) {
    const known = names.map((name) => `\`${name}\``).join(" and ");
    report([], { code: "invalid-condition", message: `a mapping with ${known} is expected here` });
    return undefined;
  }
  const unknown = Object.keys(value).filter((key) => !names.includes(key));
  for (const key of unknown) {
    report([key], {
      code: "invalid-condition",
      message: `there is no \`${key}\` here`,
      hint: didYouMean(key, names) ?? `known: ${names.join(", ")}`,
    });
  }
  const missing = keys.filter((key) => !key.endsWith("?") && value[key] === undefined);
  for (const key of missing) report([], { code: "invalid-condition", message: `\`${key}\` is missing` });
  return unknown.length + missing.length === 0 ? value : undefined;
}
