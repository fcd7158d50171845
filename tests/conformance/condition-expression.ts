import type { AssetKey } from "../../platform/core/asset-key.ts";
import { type AutomationCondition, plainOperands } from "../../platform/core/condition.ts";
import * as build from "../../platform/core/condition-builders.ts";
import { withoutOperand } from "../../platform/core/edit-condition.ts";
import { allowDeps, ignoreDeps, throughViews } from "../../platform/core/scope-deps.ts";
import { onCronOf, reachOf } from "../../platform/define/automation-names.ts";

/** Reads the expression texts in which the cases write conditions; throws for a word that it does not know. */
export function readConditionExpression(text: string): AutomationCondition {
  const [base, ...removed] = text.split(/ without /);
  const reader = new ExpressionReader(base as string);
  const condition = reader.either();
  reader.end();
  return removed.reduce((left, part) => withoutOperand(left, named(part.trim())), condition);
}

/** A part as it stands in an expansion: what is negated there is known by its name. */
function named(text: string): AutomationCondition {
  return text.startsWith("~") ? build.not(named(text.slice(1))) : new ExpressionReader(text).either();
}

class ExpressionReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw new Error(`unknown condition at ${this.#text.slice(this.#at)}`);
  }

  either(): AutomationCondition {
    const operands = [this.both()];
    while (this.#take("|")) operands.push(this.both());
    return build.or(...operands);
  }

  both(): AutomationCondition {
    const operands = [this.one()];
    while (this.#take("&")) operands.push(this.one());
    return build.and(...operands);
  }

  one(): AutomationCondition {
    if (this.#take("~")) return build.not(this.one());
    let condition: AutomationCondition;
    if (this.#take("(")) {
      condition = this.either();
      this.#expect(")");
    } else {
      condition = this.#call(this.#word());
    }
    while (this.#take(".")) condition = this.#method(condition, this.#word());
    return condition;
  }

  #method(condition: AutomationCondition, name: string): AutomationCondition {
    this.#expect("(");
    if (name === "ignore" || name === "allow") {
      const selection = this.#until(")");
      return name === "ignore" ? ignoreDeps(condition, selection) : allowDeps(condition, selection);
    }
    if (name === "newly_true") {
      this.#expect(")");
      return build.newlyTrue(condition);
    }
    if (name === "with_transparent_views") {
      this.#expect(")");
      return throughViews(condition);
    }
    if (name === "since_last_handled") {
      const by = this.#until(")").replaceAll('"', "");
      return build.sinceLastHandled(
        condition,
        build.handlings.find((known) => known === by),
      );
    }
    const inner = this.either();
    this.#expect(")");
    if (name === "without") return withoutOperand(condition, inner);
    if (name === "since") return build.since(condition, inner);
    throw new Error(`unknown method ${name}`);
  }

  #call(name: string): AutomationCondition {
    switch (name) {
      case "eager":
        return build.eager(windowOf(this.#arguments()));
      case "on_missing":
        return this.#bare(build.onMissing());
      case "in_progress":
        return this.#bare(build.inProgress());
      case "any_deps_missing":
        return this.#bare(build.anyDepsMissing());
      case "any_deps_updated":
        return this.#bare(build.anyDepsUpdated());
      case "any_deps_in_progress":
        return this.#bare(build.anyDepsInProgress());
      case "all_deps_updated_since_last_handled":
        return this.#bare(build.allDepsUpdatedSinceLastHandled());
      case "any_downstream_conditions":
        return this.#bare({ type: "any_downstream_conditions" });
      case "on_cron":
      case "all_deps_updated_since_cron":
      case "cron_tick_passed":
        return this.#cron(name);
      case "since": {
        this.#expect("(");
        const trigger = this.either();
        this.#expect(",");
        this.#take("reset=");
        const reset = this.either();
        this.#expect(")");
        return build.since(trigger, reset);
      }
      case "newly_true":
        return build.newlyTrue(this.#operand());
      case "any_deps_match":
        return build.anyDepsMatch(this.#operand());
      case "all_deps_match":
        return build.allDepsMatch(this.#operand());
      case "any_checks_match":
      case "all_checks_match": {
        this.#expect("(");
        const operand = this.either();
        const blocking = this.#take(",") && this.#until(")").startsWith("blocking_only");
        if (!blocking) this.#expect(")");
        return name === "any_checks_match"
          ? build.anyChecksMatch(operand, blocking)
          : build.allChecksMatch(operand, blocking);
      }
      case "asset_matches": {
        this.#expect("(");
        const operand = this.either();
        this.#expect(",");
        this.#expect("key=");
        return build.assetMatches(this.#until(")") as AssetKey, operand);
      }
      case "in_latest_time_window": {
        const inside = this.#arguments();
        const hours = /lookback_hours=(\d+)/.exec(inside)?.[1];
        if (inside !== "" && hours === undefined) throw new Error(`unknown lookback ${inside}`);
        return build.inLatestTimeWindow(hours === undefined ? undefined : Number(hours) * 3600);
      }
      case "custom":
        return { type: "custom", name: this.#arguments() };
      case "executed_with_tags":
      case "any_new_update_has_run_tags":
      case "all_new_updates_have_run_tags":
        return { type: name, ...tagsOf(this.#arguments()) };
      default: {
        const operand = plainOperands.find((known) => known === name);
        if (operand === undefined) throw new Error(`unknown condition ${name}`);
        return this.#bare(build.operand(operand));
      }
    }
  }

  #cron(name: string): AutomationCondition {
    const inside = this.#arguments();
    const extended = /^"([^"]*)", "([^"]*)"(?:, deps_since="([^"]*)")?(?:, catch_up="([^"]*)")?$/.exec(
      inside,
    );
    if (name === "on_cron" && extended !== null) {
      const [, text = "", zone, depsSince, catchUp] = extended;
      return build.onCron(...onCronOf({ cron: text, timeZone: zone, depsSince, catchUp }));
    }
    const quoted = /^"([^"]*)"(?:,\s*"([^"]*)")?$/.exec(inside);
    const keyed = /^cron=(.*?)(?:,\s*tz=(.*))?$/.exec(inside);
    const [, cron = "", timeZone = "UTC"] = quoted ?? keyed ?? [];
    if (cron === "") throw new Error(`unknown cron ${inside}`);
    if (name === "on_cron") return build.onCron(cron, timeZone);
    return name === "cron_tick_passed"
      ? build.cronTickPassed(cron, timeZone)
      : build.allDepsUpdatedSinceCron(cron, timeZone);
  }

  #bare(condition: AutomationCondition): AutomationCondition {
    if (this.#take("(")) this.#expect(")");
    return condition;
  }

  #operand(): AutomationCondition {
    this.#expect("(");
    const operand = this.either();
    this.#expect(")");
    return operand;
  }

  /** What stands between the parentheses, if there are any. */
  #arguments(): string {
    return this.#take("(") ? this.#until(")") : "";
  }

  #until(end: string): string {
    const at = this.#text.indexOf(end, this.#at);
    if (at < 0) throw new Error(`${end} is missing`);
    const found = this.#text.slice(this.#at, at).trim();
    this.#at = at + end.length;
    return found;
  }

  #word(): string {
    this.#space();
    const word = /^[a-z_]+/.exec(this.#text.slice(this.#at))?.[0];
    if (word === undefined) throw new Error(`unknown condition at ${this.#text.slice(this.#at)}`);
    this.#at += word.length;
    return word;
  }

  #take(token: string): boolean {
    this.#space();
    if (!this.#text.startsWith(token, this.#at)) return false;
    this.#at += token.length;
    return true;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw new Error(`${token} is missing at ${this.#text.slice(this.#at)}`);
  }

  #space(): void {
    while (this.#text[this.#at] === " ") this.#at++;
  }
}

/** The `"3d"` of `eager("3d")`. */
function windowOf(text: string): ReturnType<typeof reachOf> {
  return reachOf(text === "" ? undefined : text.replaceAll('"', ""));
}

/** `tag_values={'env': 'prod'}, tag_keys=['a']`, in any order. */
function tagsOf(text: string): {
  tagKeys: readonly string[];
  tagValues: { readonly [key: string]: string };
} {
  const values = /tag_values=(\{.*?\})/.exec(text)?.[1];
  const keys = /tag_keys=([[{].*?[\]}])/.exec(text)?.[1];
  const json = (python: string) => JSON.parse(python.replaceAll("'", '"')) as unknown;
  return {
    tagKeys: keys === undefined ? [] : (json(keys.replace(/^\{/, "[").replace(/\}$/, "]")) as string[]),
    tagValues: values === undefined ? {} : (json(values) as { [key: string]: string }),
  };
}
