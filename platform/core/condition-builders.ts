import type { AssetKey } from "./asset-key.ts";
import type { AutomationCondition, DepsScope, PlainOperand } from "./condition.ts";
import { durationText } from "./duration.ts";
import type { BreachState, FreshnessScope } from "./freshness.ts";

// The field's condition algebra as functions that return data; expansions are those of spec/automation.md §1.4.

export function operand(type: PlainOperand): AutomationCondition {
  return { type };
}

/** Unlabelled operands that are `and` themselves are flattened into it; one operand stands for itself. */
export function and(...operands: readonly AutomationCondition[]): AutomationCondition {
  return joined("and", operands);
}

export function or(...operands: readonly AutomationCondition[]): AutomationCondition {
  return joined("or", operands);
}

export function not(condition: AutomationCondition): AutomationCondition {
  return { type: "not", operand: condition };
}

export function since(trigger: AutomationCondition, reset: AutomationCondition): AutomationCondition {
  return { type: "since", trigger, reset };
}

export function newlyTrue(condition: AutomationCondition): AutomationCondition {
  return { type: "newly_true", operand: condition };
}

export function cronTickPassed(cron: string, timeZone = "UTC"): AutomationCondition {
  return { type: "cron_tick_passed", cron, timeZone };
}

export function inLatestTimeWindow(lookbackSeconds?: number): AutomationCondition {
  return lookbackSeconds === undefined
    ? { type: "in_latest_time_window" }
    : { type: "in_latest_time_window", lookbackSeconds };
}

export function anyDepsMatch(condition: AutomationCondition, scope: DepsScope = {}): AutomationCondition {
  return { type: "any_deps_match", operand: condition, ...scope };
}

export function allDepsMatch(condition: AutomationCondition, scope: DepsScope = {}): AutomationCondition {
  return { type: "all_deps_match", operand: condition, ...scope };
}

export function anyChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { type: "any_checks_match", operand: condition, blockingOnly };
}

export function allChecksMatch(condition: AutomationCondition, blockingOnly = false): AutomationCondition {
  return { type: "all_checks_match", operand: condition, blockingOnly };
}

export function assetMatches(asset: AssetKey, condition: AutomationCondition): AutomationCondition {
  return { type: "asset_matches", asset, operand: condition };
}

export function labelled(label: string, condition: AutomationCondition): AutomationCondition {
  return { ...condition, label };
}

export function inProgress(): AutomationCondition {
  return labelled("in_progress()", or(operand("run_in_progress"), operand("backfill_in_progress")));
}

export function newlyMissing(): AutomationCondition {
  return labelled("newly_missing()", newlyTrue(operand("missing")));
}

export function anyDepsUpdated(): AutomationCondition {
  const updated = and(operand("newly_updated"), not(operand("executed_with_root_target")));
  return labelled("any_deps_updated()", anyDepsMatch(or(updated, operand("will_be_requested"))));
}

export function anyDepsMissing(): AutomationCondition {
  const absent = and(operand("missing"), not(operand("will_be_requested")));
  return labelled("any_deps_missing()", anyDepsMatch(absent));
}

export function anyDepsInProgress(): AutomationCondition {
  const running = or(operand("run_in_progress"), operand("backfill_in_progress"));
  return labelled("any_deps_in_progress()", anyDepsMatch(running));
}

export function allDepsBlockingChecksPassed(): AutomationCondition {
  const passed = or(operand("check_passed"), operand("will_be_requested"));
  return labelled("all_deps_blocking_checks_passed()", allDepsMatch(allChecksMatch(passed, true)));
}

export function allDepsUpdatedSinceCron(cron: string, timeZone = "UTC"): AutomationCondition {
  const updated = since(operand("newly_updated"), cronTickPassed(cron, timeZone));
  return labelled(
    `all_deps_updated_since_cron(${quoted(cron)}, ${quoted(timeZone)})`,
    allDepsMatch(or(updated, operand("will_be_requested"))),
  );
}

/** Each dep was updated, or is requested in the same tick, since the asset was handled last. */
export function allDepsUpdatedSinceLastHandled(scope: DepsScope = {}): AutomationCondition {
  return { type: "all_deps_updated_since_last_handled", ...scope };
}

/** What counts as handled: a request as well as an update, or one of them alone. */
export const handlings = ["requested", "updated"] as const;
export type Handling = (typeof handlings)[number];

/** That the asset was handled, or is looked at for the first time. */
export function handled(by?: Handling): AutomationCondition {
  const first = operand("initial_evaluation");
  const [requested, updated] = [operand("newly_requested"), operand("newly_updated")];
  if (by === "requested") return labelled('handled("requested")', or(requested, first));
  if (by === "updated") return labelled('handled("updated")', or(updated, first));
  return labelled("handled", or(requested, updated, first));
}

/**
 * With `updated` a request that comes to nothing is no end of it: what it is joined with has to say when it may be
 * asked for again.
 */
export function sinceLastHandled(condition: AutomationCondition, by?: Handling): AutomationCondition {
  return since(condition, handled(by));
}

/** Time windows that a condition is about: the latest alone, all, or those that began within so many seconds. */
export type WindowReach = "latest" | "all" | number;

/** With a reach, updates of deps go on into the partitions of earlier windows. */
export function eager(reach: WindowReach = "latest"): AutomationCondition {
  const rest = [
    sinceLastHandled(or(newlyMissing(), anyDepsUpdated())),
    not(anyDepsMissing()),
    not(anyDepsInProgress()),
    not(inProgress()),
  ];
  if (reach === "all") return labelled('eager("all")', and(...rest));
  const name = reach === "latest" ? "eager()" : `eager(${quoted(durationText(reach))})`;
  return labelled(name, and(inLatestTimeWindow(reach === "latest" ? undefined : reach), ...rest));
}

export interface OnCronOptions {
  /**
   * Since when deps have to be updated: since a tick of this cron in the same time zone; `freshness` asks that each is
   * there and its freshness policy, where it has one, is not failed. Since the last tick of the cron itself unless given.
   */
  readonly depsSince?: string;
  /**
   * Makes up for a tick whose run came to nothing, and for one whose deps came late, when the deps are updated. Of
   * time partitions so does what is missing in windows that began within so many seconds, or in all. Nothing is made
   * up for unless given.
   */
  readonly catchUp?: "all" | number;
}

/** Once for each tick of a cron, as soon as the deps are up to date. */
export function onCron(cron: string, timeZone = "UTC", options: OnCronOptions = {}): AutomationCondition {
  const { depsSince, catchUp } = options;
  const told = [
    quoted(cron),
    quoted(timeZone),
    ...(depsSince === undefined ? [] : [`deps_since=${quoted(depsSince)}`]),
    ...(catchUp === undefined
      ? []
      : [`catch_up=${quoted(catchUp === "all" ? "all" : durationText(catchUp))}`]),
  ];
  return labelled(
    `on_cron(${told.join(", ")})`,
    and(windows(catchUp), ticked(cron, timeZone, options), depsReady(cron, timeZone, options)),
  );
}

function windows(catchUp: OnCronOptions["catchUp"]): AutomationCondition {
  const latest = inLatestTimeWindow();
  if (catchUp === undefined) return latest;
  const missing = operand("missing");
  return or(latest, catchUp === "all" ? missing : and(inLatestTimeWindow(catchUp), missing));
}

function ticked(cron: string, timeZone: string, { depsSince, catchUp }: OnCronOptions): AutomationCondition {
  const tick = cronTickPassed(cron, timeZone);
  if (catchUp !== undefined) {
    // What was asked for and did not come about is asked for again when a dep is another one.
    const again = and(
      sinceLastHandled(tick, "updated"),
      sinceLastHandled(anyDepsUpdated()),
      not(inProgress()),
    );
    return or(sinceLastHandled(tick), labelled("caught_up", again));
  }
  if (depsSince === undefined || depsSince === "freshness" || depsSince === cron)
    return sinceLastHandled(tick);
  // A tick whose deps did not come in time is over when they are waited for anew; one at that very moment is not.
  const over = and(cronTickPassed(depsSince, timeZone), not(tick));
  return since(tick, or(handled(), over));
}

function depsReady(cron: string, timeZone: string, { depsSince }: OnCronOptions): AutomationCondition {
  if (depsSince !== "freshness") return allDepsUpdatedSinceCron(depsSince ?? cron, timeZone);
  const fresh = and(not(operand("missing")), not(operand("freshness_failed")));
  return labelled("all_deps_fresh()", allDepsMatch(or(fresh, operand("will_be_requested"))));
}

export function onMissing(): AutomationCondition {
  return labelled(
    "on_missing()",
    and(inLatestTimeWindow(), sinceLastHandled(newlyTrue(operand("missing"))), not(anyDepsMissing())),
  );
}

/**
 * Once per breach of the freshness policy; `warn` means a failure as well. Of a partitioned asset the newest partition
 * is asked for, and what is missing where the policy is about all partitions.
 */
export function onBreach(state: BreachState, scope: FreshnessScope = "asset"): AutomationCondition {
  const failed = operand("freshness_failed");
  const breach = state === "fail" ? failed : or(operand("freshness_warned"), failed);
  const newest = inLatestTimeWindow();
  return labelled(
    `materialize_on(${quoted(state)})`,
    and(
      scope === "all_partitions" ? or(newest, operand("missing")) : newest,
      sinceLastHandled(newlyTrue(breach)),
      not(inProgress()),
    ),
  );
}

/** Throws RangeError without operands. */
function joined(type: "and" | "or", operands: readonly AutomationCondition[]): AutomationCondition {
  const [only] = operands;
  if (only === undefined) throw new RangeError("at least one condition is needed");
  if (operands.length === 1) return only;
  const flat = operands.flatMap((part) =>
    part.type === type && part.label === undefined ? part.operands : [part],
  );
  return { type, operands: flat };
}

export function quoted(text: string): string {
  return JSON.stringify(text);
}
