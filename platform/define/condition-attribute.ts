import { type AutomationCondition, isAutomationCondition } from "../core/condition.ts";
import { labelled } from "../core/condition-builders.ts";
import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import type { AttributeType, ReportValue } from "./attribute-type.ts";
import { conditionForms } from "./condition-forms.ts";
import { below } from "./condition-mapping.ts";
import { namedConditions } from "./condition-names.ts";

const descriptions: { readonly [key: string]: string } = {
  label: "A name by which the condition prints, and by which `replace` and `without` find it.",
  replace: "`condition` with its part `old` (a condition, a label or a type) replaced by `new`.",
  without: "`condition`, all of whose operands must hold, without the operand `part`.",
  eager:
    "`eager` for more than the newest time window: `window` is `all`, or a length such as `3d` in which windows began.",
  on_cron:
    "Once for each tick of `cron`. `deps_since`: deps count if updated since this other cron's tick, or while their `freshness` lasts. `catch_up`: `all` or a length such as `3d`, in which what a tick did not bring about is made up for when the deps are updated.",
  since_last_handled:
    "`condition` came true since the asset was requested or updated last; `by: requested` or `by: updated` counts one of them alone.",
  with_transparent_views:
    "Deps of the kind `view` are looked through: what they read is asked in their place.",
  allow: "Of the deps, `condition` asks only those that `selection` names.",
  ignore: "Of the deps, `condition` asks only those that `selection` does not name.",
  asset_matches: "`condition` asked about another asset.",
  in_latest_time_window:
    "In a window that began within `lookback`, such as `3d`, before the latest one ended.",
  any_new_update_has_run_tags: "A run since the last tick that brought it up to date had the tags.",
  all_new_updates_have_run_tags: "All runs since the last tick that brought it up to date had the tags.",
  executed_with_tags: "The run that brought it up to date last had the tags.",
};

/** A template that gives a condition, a name such as `eager`, or a mapping such as `{all_of: […]}`. */
export const conditionType: AttributeType<AutomationCondition> = {
  name: "automation-condition",
  written: {
    description: `When the asset is due: a template such as \`{{ automation.on_cron('0 3 * * *') }}\`, a name such as \`eager\`, or a mapping with one of ${Object.keys(conditionForms).join(", ")}.`,
    anyOf: [
      { enum: Object.keys(namedConditions) },
      {
        type: "object",
        additionalProperties: false,
        minProperties: 1,
        properties: Object.fromEntries(
          [...Object.keys(conditionForms), "label"].map((key) => [key, descriptionOf(key)]),
        ),
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
  const unknown = keys.find((key) => !Object.hasOwn(conditionForms, key));
  if (unknown !== undefined) {
    report([unknown], {
      code: "invalid-condition",
      message: `a condition has no \`${unknown}\``,
      hint:
        didYouMean(unknown, Object.keys(conditionForms)) ??
        `known: ${Object.keys(conditionForms).join(", ")}`,
    });
    return undefined;
  }
  const [key] = keys;
  if (key === undefined || keys.length > 1) {
    report([], {
      code: "invalid-condition",
      message: `a condition written as a mapping has exactly one of ${Object.keys(conditionForms).join(", ")}`,
    });
    return undefined;
  }
  const label = value["label"];
  if (label !== undefined && (typeof label !== "string" || label.trim() === "")) {
    report(["label"], { code: "invalid-condition", message: "`label` takes text" });
    return undefined;
  }
  const form = conditionForms[key];
  const condition = form?.({ value: value[key], report: below(key, report), read: readCondition });
  return condition === undefined || label === undefined ? condition : labelled(label, condition);
}

function descriptionOf(key: string): { readonly description?: string } {
  const description = descriptions[key];
  return description === undefined ? {} : { description };
}
