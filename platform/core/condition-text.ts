import type { AutomationCondition, DepsScope } from "./condition.ts";
import { quoted } from "./condition-builders.ts";

/**
 * A condition on one line, such as `cron_tick_passed("0 3 * * *", "UTC") & ~in_progress()`.
 *
 * A labelled part prints by its label; the rest with `&`, `|` and `~`, in brackets only where they are needed.
 */
export function conditionText(condition: AutomationCondition): string {
  return textOf(condition, 0);
}

// Binding strength: | is 1, & is 2, ~ is 3.
function textOf(condition: AutomationCondition, outer: number): string {
  if (condition.label !== undefined) return condition.label;
  switch (condition.type) {
    case "or":
      return bracketed(condition.operands.map((part) => textOf(part, 1)).join(" | "), 1, outer);
    case "and":
      return bracketed(condition.operands.map((part) => textOf(part, 2)).join(" & "), 2, outer);
    case "not":
      return `~${textOf(condition.operand, 3)}`;
    case "since":
      return call("since", textOf(condition.trigger, 0), textOf(condition.reset, 0));
    case "newly_true":
      return call("newly_true", textOf(condition.operand, 0));
    case "any_deps_match":
    case "all_deps_match":
      return call(condition.type, textOf(condition.operand, 0), ...scopeTexts(condition));
    case "all_deps_updated_since_last_handled":
      return call(condition.type, ...scopeTexts(condition));
    case "any_checks_match":
    case "all_checks_match":
      return call(
        condition.type,
        textOf(condition.operand, 0),
        ...(condition.blockingOnly ? ["blocking_only=true"] : []),
      );
    case "asset_matches":
      return call("asset_matches", quoted(condition.asset), textOf(condition.operand, 0));
    case "cron_tick_passed":
      return call("cron_tick_passed", quoted(condition.cron), quoted(condition.timeZone));
    case "in_latest_time_window":
      return condition.lookbackSeconds === undefined
        ? call("in_latest_time_window")
        : call("in_latest_time_window", `lookback_seconds=${condition.lookbackSeconds}`);
    case "executed_with_tags":
    case "any_new_update_has_run_tags":
    case "all_new_updates_have_run_tags":
      return call(
        condition.type,
        ...condition.tagKeys.map(quoted),
        ...Object.entries(condition.tagValues).map(([key, value]) => quoted(`${key}=${value}`)),
      );
    case "custom":
      return call("custom", quoted(condition.name));
    default:
      return call(condition.type);
  }
}

function scopeTexts({ allow = [], ignore = [], throughViews }: DepsScope): string[] {
  return [
    ...allow.map((selection) => `allow=${quoted(selection)}`),
    ...ignore.map((selection) => `ignore=${quoted(selection)}`),
    ...(throughViews === true ? ["transparent_views=true"] : []),
  ];
}

function call(name: string, ...args: readonly string[]): string {
  return `${name}(${args.join(", ")})`;
}

function bracketed(text: string, strength: number, outer: number): string {
  return strength < outer ? `(${text})` : text;
}
