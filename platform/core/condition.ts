import type { AssetKey } from "./asset-key.ts";
import type { CodeReference, Origins } from "./code-reference.ts";
import { isPlainObject } from "./secret.ts";

/**
 * A rule over an asset's state that says when it is due, as plain data. Meaning: spec/automation.md §1.
 *
 * A `label` names a subtree: it prints by the label, and `replace` finds it by it.
 */
export type AutomationCondition = ConditionOperand | ConditionOperator;

/** A condition that user code answers, named in `custom`. */
export interface CustomConditionSpec {
  readonly name: string;
  readonly description?: string;
  /** Keys of resources that its function gets. */
  readonly resources?: readonly string[];
  readonly codeReferences?: readonly CodeReference[];
  readonly origins?: Origins;
}

interface Labelled {
  readonly label?: string;
}

/** Operands without arguments. */
export const plainOperands = [
  "missing",
  "run_in_progress",
  "backfill_in_progress",
  "execution_failed",
  "newly_updated",
  "data_version_changed",
  "newly_requested",
  "will_be_requested",
  "code_version_changed",
  "initial_evaluation",
  "check_passed",
  "check_failed",
  "executed_with_root_target",
  "freshness_passed",
  "freshness_warned",
  "freshness_failed",
] as const;

export type PlainOperand = (typeof plainOperands)[number];

export type ConditionOperand =
  | ({ readonly type: PlainOperand } & Labelled)
  | ({ readonly type: "cron_tick_passed"; readonly cron: string; readonly timeZone: string } & Labelled)
  /** `lookbackSeconds` absent means the latest complete window alone. */
  | ({ readonly type: "in_latest_time_window"; readonly lookbackSeconds?: number } & Labelled)
  | ({
      readonly type: "executed_with_tags" | "any_new_update_has_run_tags" | "all_new_updates_have_run_tags";
      readonly tagKeys: readonly string[];
      readonly tagValues: { readonly [key: string]: string };
    } & Labelled)
  /** Evaluated by user code in the code host. */
  | ({ readonly type: "custom"; readonly name: string } & Labelled);

/**
 * Limits a deps condition to a selection (`allow`) or takes one out of it (`ignore`); texts of selections. Through
 * views: a dep of the kind `view` is no dep then, but what it reads is.
 */
export interface DepsScope {
  readonly allow?: readonly string[];
  readonly ignore?: readonly string[];
  readonly throughViews?: true;
}

export type ConditionOperator =
  | ({ readonly type: "and" | "or"; readonly operands: readonly AutomationCondition[] } & Labelled)
  | ({ readonly type: "not" | "newly_true"; readonly operand: AutomationCondition } & Labelled)
  | ({
      readonly type: "since";
      readonly trigger: AutomationCondition;
      readonly reset: AutomationCondition;
    } & Labelled)
  | ({
      readonly type: "any_deps_match" | "all_deps_match";
      readonly operand: AutomationCondition;
    } & DepsScope &
      Labelled)
  /** Each dep was updated, or is requested in the same tick, since this asset was handled last; of one without deps never. */
  | ({ readonly type: "all_deps_updated_since_last_handled" } & DepsScope & Labelled)
  | ({
      readonly type: "any_checks_match" | "all_checks_match";
      readonly operand: AutomationCondition;
      readonly blockingOnly: boolean;
    } & Labelled)
  | ({
      readonly type: "asset_matches";
      readonly asset: AssetKey;
      readonly operand: AutomationCondition;
    } & Labelled)
  | ({ readonly type: "any_downstream_conditions" } & Labelled);

/** Whether a value has the form of a condition all the way down; what its texts say is not judged. */
export function isAutomationCondition(value: unknown): value is AutomationCondition {
  if (!isPlainObject(value) || typeof value["type"] !== "string") return false;
  if (value["label"] !== undefined && typeof value["label"] !== "string") return false;
  if (plainTypes.has(value["type"])) return true;
  return Object.hasOwn(forms, value["type"]) && (forms[value["type"]] as Form)(value);
}

type Form = (value: Record<string, unknown>) => boolean;

const isText = (value: unknown): boolean => typeof value === "string";
const isOptionalTexts = (value: unknown): boolean =>
  value === undefined || (Array.isArray(value) && value.every(isText));

const joinedForm: Form = ({ operands }) =>
  Array.isArray(operands) && operands.length > 0 && operands.every(isAutomationCondition);
const wrappedForm: Form = ({ operand }) => isAutomationCondition(operand);
const scopeForm: Form = ({ allow, ignore, throughViews }) =>
  isOptionalTexts(allow) && isOptionalTexts(ignore) && (throughViews === undefined || throughViews === true);
const depsForm: Form = (value) => isAutomationCondition(value["operand"]) && scopeForm(value);
const checksForm: Form = ({ operand, blockingOnly }) =>
  isAutomationCondition(operand) && typeof blockingOnly === "boolean";
const tagsForm: Form = ({ tagKeys, tagValues }) =>
  Array.isArray(tagKeys) &&
  tagKeys.every(isText) &&
  isPlainObject(tagValues) &&
  Object.values(tagValues).every(isText);

const forms: { readonly [type: string]: Form } = {
  cron_tick_passed: ({ cron, timeZone }) => isText(cron) && isText(timeZone),
  in_latest_time_window: ({ lookbackSeconds }) =>
    lookbackSeconds === undefined || typeof lookbackSeconds === "number",
  executed_with_tags: tagsForm,
  any_new_update_has_run_tags: tagsForm,
  all_new_updates_have_run_tags: tagsForm,
  custom: ({ name }) => isText(name),
  and: joinedForm,
  or: joinedForm,
  not: wrappedForm,
  newly_true: wrappedForm,
  since: ({ trigger, reset }) => isAutomationCondition(trigger) && isAutomationCondition(reset),
  any_deps_match: depsForm,
  all_deps_match: depsForm,
  all_deps_updated_since_last_handled: scopeForm,
  any_checks_match: checksForm,
  all_checks_match: checksForm,
  asset_matches: ({ asset, operand }) => isText(asset) && isAutomationCondition(operand),
};

const plainTypes: ReadonlySet<string> = new Set([...plainOperands, "any_downstream_conditions"]);

/** The direct parts of a condition, in the order in which they are evaluated. */
export function conditionChildren(condition: AutomationCondition): readonly AutomationCondition[] {
  switch (condition.type) {
    case "and":
    case "or":
      return condition.operands;
    case "not":
    case "newly_true":
    case "any_deps_match":
    case "all_deps_match":
    case "any_checks_match":
    case "all_checks_match":
    case "asset_matches":
      return [condition.operand];
    case "since":
      return [condition.trigger, condition.reset];
    default:
      return [];
  }
}

/** The condition itself and everything below it, parents first. */
export function* walkCondition(condition: AutomationCondition): Generator<AutomationCondition> {
  yield condition;
  for (const child of conditionChildren(condition)) yield* walkCondition(child);
}
