import { conditionText } from "../core/condition-text.ts";
import type { ExplainCause } from "../core/explanation.ts";
import { tickTimesBack, tickTimesFrom } from "../cron/ticks.ts";
import { explainCause, operandText, partitionsText, subjectText, timeText } from "./explain-cause.ts";
import { evidenceOf } from "./explain-evidence.ts";
import { type Finding, findingsAgainst } from "./explain-findings.ts";
import type { Point } from "./explain-point.ts";
import type { ExplainSurroundings, SurroundingRun } from "./explain-surroundings.ts";
import type { QueueReason } from "./select-queued-runs.ts";
import type { Tick } from "./tick.ts";

type OperandFinding = Extract<Finding, { kind: "operand" }>;

/** Why a condition does not hold: what decides in each operand that fails, in the order of the tree, each once. */
export function causesAgainst(point: Point, surroundings: ExplainSurroundings): ExplainCause[] {
  const found = findingsAgainst(point).flatMap(({ findings }) => {
    const causes = findings.map((finding) => new Against(point, surroundings).causeOf(finding));
    // Without a memory of the condition it says little that nothing started it.
    const isChanged = causes.some(({ code }) => code === "condition_changed");
    return isChanged ? causes.filter(({ code }) => code !== "nothing_new") : causes;
  });
  const distinct = [...new Map(found.map((cause) => [`${cause.code} ${cause.subject}`, cause])).values()];
  const isTold = new Set(distinct.filter(({ code }) => !vague.has(code)).map(({ subject }) => subject));
  const telling = distinct.filter(({ code, subject }) => !vague.has(code) || !isTold.has(subject));
  // What is wrong beside it will be news when it is put right.
  const sharp = telling.filter(({ code }) => code !== "nothing_new");
  return sharp.length > 0 ? sharp : oneOf(telling, point.evaluation.root.key);
}

/** Codes that say less than any other of the same subject. */
const vague: ReadonlySet<string> = new Set(["nothing_new", "upstream_not_updated", "operand", "holds"]);

/** That nothing is new is said once, of the dep that was brought up to date last. */
function oneOf(causes: readonly ExplainCause[], root: string): ExplainCause[] {
  const ofDeps = causes.filter(({ subject }) => subject !== root);
  const [first, ...others] = ofDeps.length > 0 ? ofDeps : causes;
  if (first === undefined) return [];
  return [others.reduce((a, b) => ((b.at_ms ?? 0) > (a.at_ms ?? 0) ? b : a), first)];
}

class Against {
  readonly #point: Point;
  readonly #surroundings: ExplainSurroundings;
  readonly #tick: Tick;

  constructor(point: Point, surroundings: ExplainSurroundings) {
    this.#point = point;
    this.#surroundings = surroundings;
    this.#tick = point.evaluation.tick;
  }

  causeOf(finding: Finding): ExplainCause {
    const root = this.#point.evaluation.root;
    switch (finding.kind) {
      case "operand":
        return this.#ofOperand(finding);
      case "absent":
        return explainCause("upstream_partition_absent", finding.dep.key, {
          text: `${root.key} needs a partition of ${finding.dep.key} that does not exist`,
        });
      case "new_since":
        return explainCause("condition_changed", root.key, {
          text: `what started \`${conditionText(finding.node.condition)}\` is not remembered, because the condition or the deps were changed`,
        });
      case "not_newly":
        return finding.isNew
          ? explainCause("condition_changed", finding.node.entity.key, {
              text: `\`${conditionText(finding.node.condition)}\` was asked for the first time after a change, and what is found then is not new`,
            })
          : explainCause("nothing_new", finding.node.entity.key, {
              text: `\`${conditionText(finding.node.condition)}\` was so before and is not new`,
            });
      case "held":
        return explainCause("operand", root.key, {
          text: `\`${conditionText(finding.node.condition)}\` has held since an earlier tick`,
          at_ms: finding.moment?.at ?? null,
        });
    }
  }

  #ofOperand(finding: OperandFinding): ExplainCause {
    const { leaf, holds, role, entity } = finding;
    const isRoot = entity === this.#point.evaluation.root;
    if (leaf.isUnknown)
      return this.#cause(
        "answer_unknown",
        finding,
        `nobody has answered ${operandText(leaf.condition)} for ${entity.key}`,
      );
    if (role === "reset" && holds) return this.#ofReset(finding);
    switch (leaf.condition.type) {
      case "missing":
        if (entity.check !== undefined && holds) return this.#ofCheck(finding);
        return holds && !isRoot ? this.#ofUpstream(finding) : this.#plain(finding);
      case "newly_updated":
      case "data_version_changed":
      case "will_be_requested":
      case "newly_requested":
        if (holds) return this.#plain(finding);
        return isRoot ? this.#nothingNew(finding) : this.#ofUpstream(finding);
      case "code_version_changed":
        return holds ? this.#plain(finding) : this.#nothingNew(finding);
      case "run_in_progress":
      case "backfill_in_progress":
        if (!holds) return this.#plain(finding);
        return isRoot ? this.#ofRun(finding) : this.#ofUpstream(finding);
      case "check_passed":
      case "check_failed":
        return this.#ofCheck(finding);
      case "cron_tick_passed":
        return holds ? this.#plain(finding) : this.#ofCron(finding, leaf.condition);
      case "in_latest_time_window":
        return holds ? this.#plain(finding) : this.#ofWindow(finding);
      case "freshness_failed":
      case "freshness_warned":
        return holds ? this.#plain(finding) : this.#ofFreshness(finding);
      case "initial_evaluation":
        return holds ? this.#ofReset(finding) : this.#plain(finding);
      default:
        return this.#plain(finding);
    }
  }

  #cause(
    code: ExplainCause["code"],
    { leaf, entity, ordinals }: OperandFinding,
    text: string,
    known: Partial<Pick<ExplainCause, "run_id" | "at_ms" | "subject">> = {},
  ): ExplainCause {
    const { subject = entity.key, ...rest } = known;
    return explainCause(code, subject, {
      text,
      operand: operandText(leaf.condition),
      partitions: partitionsText(ordinals, this.#tick.universe(entity)),
      ...rest,
    });
  }

  #plain(finding: OperandFinding): ExplainCause {
    const { leaf, entity, holds, ordinals, role } = finding;
    if (role === "trigger" && !holds) return this.#nothingNew(finding);
    const { update } = evidenceOf(entity, ordinals, this.#tick);
    const since = update === undefined ? "" : `, brought up to date at ${timeText(update.at)}`;
    const text = `\`${operandText(leaf.condition)}\` ${holds ? "holds" : "does not hold"} for ${this.#subject(finding)}${since}`;
    return this.#cause("operand", finding, text, {
      run_id: update?.runId ?? null,
      at_ms: update?.at ?? null,
    });
  }

  /** A dep that is missing, or that brought nothing new. */
  #ofUpstream(finding: OperandFinding): ExplainCause {
    const { entity, ordinals, leaf, holds } = finding;
    const who = this.#subject(finding);
    const unready = this.#surroundings.unreadyComponent(entity.check?.asset ?? entity.key);
    const { isFailed, isInRun, update } = evidenceOf(entity, ordinals, this.#tick);
    const known = { run_id: update?.runId ?? null, at_ms: update?.at ?? null };
    if (unready !== undefined) {
      const needs = unready.needs.length === 0 ? "" : `: ${unready.needs.join(", ")}`;
      const text = `${who} cannot run, because its component ${unready.name} is ${unready.status}${needs}`;
      return this.#cause("upstream_not_ready", finding, text, known);
    }
    if (isInRun)
      return this.#cause("upstream_in_progress", finding, `${who} is in a run that has not ended`, known);
    if (isFailed) {
      const text = `the latest run of ${who} failed${update === undefined ? "" : `; it was brought up to date last at ${timeText(update.at)}`}`;
      return this.#cause("upstream_failed", finding, text, known);
    }
    if (holds && leaf.condition.type === "missing")
      return this.#cause("upstream_missing", finding, `${who} is missing: it was never brought up to date`);
    return finding.isOneOfMany
      ? this.#nothingNew(finding)
      : this.#cause(
          "upstream_not_updated",
          finding,
          `${who} was not brought up to date${sinceText(update?.at)}`,
          known,
        );
  }

  #nothingNew(finding: OperandFinding): ExplainCause {
    const { update } = evidenceOf(finding.entity, finding.ordinals, this.#tick);
    const text =
      update === undefined
        ? `nothing that starts it has happened since it was last handled`
        : `nothing that starts it has happened since it was last handled; ${this.#subject(finding)} was brought up to date last at ${timeText(update.at)}`;
    return this.#cause("nothing_new", finding, text, {
      run_id: update?.runId ?? null,
      at_ms: update?.at ?? null,
    });
  }

  /** What ended that which had been started. */
  #ofReset(finding: OperandFinding): ExplainCause {
    const { leaf, entity, moment, ordinals } = finding;
    const { root } = this.#point.evaluation;
    if (leaf.condition.type === "initial_evaluation")
      return this.#cause(
        "first_evaluation",
        finding,
        `it is evaluated for the first time, and what is so already starts nothing`,
      );
    if (leaf.condition.type === "cron_tick_passed") {
      if (entity === root) return this.#plain(finding);
      const at = moment?.at ?? null;
      const text = `${this.#subject(finding)} was not brought up to date since the tick${at === null ? "" : ` of ${timeText(at)}`}`;
      return this.#cause("upstream_not_updated", finding, text, { at_ms: at });
    }
    const { update } = evidenceOf(entity, ordinals, this.#tick);
    const at = moment?.at ?? null;
    const when = at === null ? "" : ` at ${timeText(at)}`;
    const isRequest = leaf.condition.type === "newly_requested";
    return this.#cause(
      "handled",
      finding,
      isRequest
        ? `${this.#subject(finding)} was requested just now${when}`
        : `${this.#subject(finding)} was brought up to date${when}`,
      { run_id: isRequest ? null : (update?.runId ?? null), at_ms: at },
    );
  }

  #ofCheck(finding: OperandFinding): ExplainCause {
    const { check } = evidenceOf(finding.entity, finding.ordinals, this.#tick);
    const { key } = finding.entity;
    if (check?.ofLatest !== true) {
      const text = `the check ${key} has not looked at the newest data${check === undefined ? "" : `; it did last at ${timeText(check.at)}`}`;
      return this.#cause("check_not_run", finding, text, { at_ms: check?.at ?? null });
    }
    if (check.passed) return this.#plain(finding);
    return this.#cause("check_failed", finding, `the check ${key} did not pass at ${timeText(check.at)}`, {
      at_ms: check.at,
    });
  }

  #ofCron(
    finding: OperandFinding,
    { cron, timeZone }: { readonly cron: string; readonly timeZone: string },
  ): ExplainCause {
    const { nowMs } = this.#tick;
    const [next] = firstOf(tickTimesFrom(cron, timeZone, nowMs + 1));
    const [last] = firstOf(tickTimesBack(cron, timeZone, nowMs));
    const text = `no tick of ${JSON.stringify(cron)} (${timeZone}) has come since it was last evaluated or handled${
      last === undefined ? "" : `; the last was at ${timeText(last)}`
    }${next === undefined ? "" : `, the next is at ${timeText(next)}`}`;
    return this.#cause("cron_not_reached", finding, text, {
      subject: this.#point.evaluation.root.key,
      at_ms: next ?? null,
    });
  }

  #ofWindow(finding: OperandFinding): ExplainCause {
    const universe = this.#tick.universe(finding.entity);
    const latest = universe.keys?.latest();
    const text = `${this.#subject(finding)} is not in the latest time window${latest === undefined ? "" : `, which is ${latest}`}`;
    return this.#cause("not_latest_window", finding, text);
  }

  #ofFreshness(finding: OperandFinding): ExplainCause {
    const { key } = finding.entity;
    const state = this.#tick.facts.freshness(key as never);
    const { update } = evidenceOf(finding.entity, this.#tick.universe(finding.entity).all, this.#tick);
    const text = `the freshness of ${key} is \`${state}\`${sinceText(update?.at)}`;
    return this.#cause("freshness_not_due", finding, text, { at_ms: update?.at ?? null });
  }

  #ofRun(finding: OperandFinding): ExplainCause {
    const partition = this.#tick.universe(finding.entity).keyAt(this.#point.ordinal);
    const run = this.#surroundings.runs.find((one) => one.isOf(finding.entity.key, partition));
    const who = this.#subject(finding);
    if (run === undefined)
      return this.#cause("run_in_progress", finding, `${who} is in a run that has not ended`);
    const { code, text } = runCause(run, who);
    return this.#cause(code, finding, text, { run_id: run.id, at_ms: run.retryAtMs ?? run.createdAtMs });
  }

  #subject({ entity, ordinals }: OperandFinding): string {
    return subjectText(entity, ordinals, this.#tick);
  }
}

/** Why the run that has an entity does not go on, or that it does. */
export function runCause(
  run: SurroundingRun,
  who: string,
): { readonly code: ExplainCause["code"]; readonly text: string } {
  if (run.state === "waits_for_retry")
    return {
      code: "retry_delay",
      text: `run ${run.id} of ${who} failed and is started again${run.retryAtMs === undefined ? "" : ` at ${timeText(run.retryAtMs)}`}`,
    };
  if (run.waitsFor !== undefined)
    return {
      code: run.waitsFor.kind === "pool" ? "pool_full" : "queue_limit",
      text: `run ${run.id} of ${who} waits: ${reasonText(run.waitsFor)}`,
    };
  if (run.state === "queued")
    return {
      code: "queued",
      text: `run ${run.id} of ${who} is in the queue since ${timeText(run.createdAtMs)}`,
    };
  return {
    code: "run_in_progress",
    text: `run ${run.id} is at work on ${who} since ${timeText(run.createdAtMs)}`,
  };
}

function reasonText(reason: QueueReason): string {
  switch (reason.kind) {
    case "runs":
      return `no more than ${reason.limit} runs go on at once`;
    case "tag":
      return `no more than ${reason.limit} runs with the tag ${reason.key}=${reason.value} go on at once`;
    case "pool":
      return `the pool ${reason.pool} has room for ${reason.limit}`;
  }
}

function sinceText(at: number | undefined): string {
  return at === undefined ? "; it never was" : `; it was last at ${timeText(at)}`;
}

function firstOf(times: Iterable<number>): readonly number[] {
  for (const time of times) return [time];
  return [];
}
