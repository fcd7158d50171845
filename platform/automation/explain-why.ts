import type { AssetKey } from "../core/asset-key.ts";
import { type AutomationCondition, walkCondition } from "../core/condition.ts";
import { conditionText } from "../core/condition-text.ts";
import type { ExplainCause } from "../core/explanation.ts";
import { intersectOrdinals, type Ordinals } from "../partition/ordinals.ts";
import type { Entity } from "./entity-graph.ts";
import { explainCause, operandText, partitionsText, subjectText, timeText } from "./explain-cause.ts";
import { evidenceOf, updateAt } from "./explain-evidence.ts";
import type { ProofNode } from "./proof.ts";
import type { Tick } from "./tick.ts";
import type { Moment } from "./true-set.ts";

/** Of what a tick asks for so many causes are told. */
const mostCauses = 20;

/** Why a condition holds for some partitions: the events that started it, or what is so where nothing had to happen. */
export function causesFor(proof: ProofNode, ordinals: Ordinals, tick: Tick): ExplainCause[] {
  const root = entityOf(proof, tick);
  const found = new Causes(tick, root).of(proof, { ordinals, isTrigger: false });
  const distinct = [...new Map(found.map((cause) => [`${cause.code} ${cause.subject}`, cause])).values()];
  const events = distinct.filter(({ code }) => code !== "holds");
  if (events.length > 0) return events.slice(0, mostCauses);
  if (distinct.length > 0) return distinct.slice(0, mostCauses);
  return [explainCause("holds", root.key, { text: `\`${conditionText(proof.condition)}\` holds` })];
}

interface Asked {
  readonly ordinals: Ordinals;
  /** Whether it is a part of what starts something. */
  readonly isTrigger: boolean;
}

class Causes {
  readonly #tick: Tick;
  readonly #root: Entity;

  constructor(tick: Tick, root: Entity) {
    this.#tick = tick;
    this.#root = root;
  }

  of(proof: ProofNode, { ordinals, isTrigger }: Asked): readonly ExplainCause[] {
    const held = intersectOrdinals(proof.result.ordinals, ordinals);
    if (held.length === 0) return [];
    const entity = entityOf(proof, this.#tick);
    switch (proof.condition.type) {
      case "and":
      case "or":
      case "all_deps_updated_since_last_handled":
      case "any_downstream_conditions":
        return proof.children.flatMap((child) => this.of(child, { ordinals: held, isTrigger }));
      case "not":
        return [];
      case "newly_true":
        return proof.children.flatMap((child) => this.of(child, { ordinals: held, isTrigger: true }));
      case "since": {
        const [trigger] = proof.children;
        const now = trigger === undefined ? [] : this.of(trigger, { ordinals: held, isTrigger: true });
        return now.length > 0 ? now : [this.#held(proof, held)];
      }
      case "any_deps_match":
      case "all_deps_match":
      case "any_checks_match":
      case "all_checks_match":
      case "asset_matches":
        return proof.children.flatMap((child) => {
          const other = entityOf(child, this.#tick);
          return this.of(child, { ordinals: this.#across(entity, other, held), isTrigger });
        });
      default:
        return this.#operand(proof, { ordinals: held, isTrigger });
    }
  }

  #across(entity: Entity, other: Entity, ordinals: Ordinals): Ordinals {
    if (other.check !== undefined) return [[0, 1]];
    return other.deps.includes(entity.key)
      ? this.#tick.mapping(other, entity).down(ordinals)
      : this.#tick.mapping(entity, other).up(ordinals).ordinals;
  }

  #operand(proof: ProofNode, { ordinals, isTrigger }: Asked): readonly ExplainCause[] {
    const entity = entityOf(proof, this.#tick);
    const { condition } = proof;
    const moment = momentOf(proof, ordinals);
    const { update } = evidenceOf(entity, ordinals, this.#tick);
    const who = subjectText(entity, ordinals, this.#tick);
    const cause = (code: ExplainCause["code"], text: string, subject: string = entity.key) => [
      explainCause(code, subject, {
        text,
        operand: operandText(condition),
        partitions: partitionsText(ordinals, this.#tick.universe(entity)),
        run_id: update?.runId ?? null,
        at_ms: moment?.at ?? null,
      }),
    ];
    const when = moment === undefined ? "" : ` at ${timeText(moment.at)}`;
    switch (condition.type) {
      case "newly_updated":
      case "data_version_changed":
      case "any_new_update_has_run_tags":
      case "all_new_updates_have_run_tags":
        return cause("upstream_updated", `${who} was brought up to date${when}${runText(update?.runId)}`);
      case "will_be_requested":
        return cause("upstream_requested", `${who} is requested in the same tick`);
      case "cron_tick_passed":
        return [this.#ticked(condition, moment)];
      case "missing":
        return isTrigger
          ? cause("newly_missing", `${who} has become missing`)
          : cause("holds", `${who} is missing`);
      case "code_version_changed":
        return cause("code_changed", `the code version of ${entity.key} has changed`);
      case "freshness_failed":
      case "freshness_warned": {
        const state = this.#tick.facts.freshness(entity.key as AssetKey);
        return cause("freshness_breached", `the freshness of ${entity.key} is \`${state}\``);
      }
      case "in_latest_time_window":
      case "executed_with_root_target":
        return [];
      default:
        return cause("holds", `\`${operandText(condition)}\` holds for ${who}`);
    }
  }

  /** What started something at an earlier tick, known by its place in the log or by the clock. */
  #held(proof: ProofNode, ordinals: Ordinals): ExplainCause {
    const entity = entityOf(proof, this.#tick);
    const moment = momentOf(proof, ordinals);
    const started = proof.condition.type === "since" ? proof.condition.trigger : proof.condition;
    const text = `\`${conditionText(started)}\` came true`;
    if (moment === undefined) {
      const isMissing = [...walkCondition(started)].some(({ type }) => type === "missing");
      return explainCause(isMissing ? "newly_missing" : "holds", entity.key, {
        text: `${text} at an earlier tick, and nothing has ended it since`,
      });
    }
    if (moment.cursor === null) {
      const cron = [...walkCondition(started)].find(({ type }) => type === "cron_tick_passed");
      if (cron?.type === "cron_tick_passed") return this.#ticked(cron, moment);
    } else {
      for (const key of [entity.key, ...entity.deps]) {
        const source = this.#tick.graph.find(key);
        const update = source === undefined ? undefined : updateAt(source, moment.cursor, this.#tick);
        if (update === undefined) continue;
        return explainCause("upstream_updated", key, {
          text: `${key} was brought up to date at ${timeText(moment.at)}${runText(update.runId)}`,
          run_id: update.runId ?? null,
          at_ms: moment.at,
        });
      }
    }
    return explainCause("holds", entity.key, {
      text: `${text} at ${timeText(moment.at)}, and nothing has ended it since`,
      at_ms: moment.at,
    });
  }

  #ticked(
    condition: Extract<AutomationCondition, { type: "cron_tick_passed" }>,
    moment: Moment | undefined,
  ): ExplainCause {
    const when = moment === undefined ? "" : ` at ${timeText(moment.at)}`;
    return explainCause("cron_ticked", this.#root.key, {
      text: `${JSON.stringify(condition.cron)} (${condition.timeZone}) ticked${when}`,
      operand: operandText(condition),
      at_ms: moment?.at ?? null,
    });
  }
}

/** The latest of some partitions. */
function momentOf({ result }: ProofNode, ordinals: Ordinals): Moment | undefined {
  let latest: Moment | undefined;
  for (const [ordinal, moment] of result.moments) {
    if (intersectOrdinals(ordinals, [[ordinal, ordinal + 1]]).length === 0) continue;
    if (latest === undefined || moment.at > latest.at) latest = moment;
  }
  return latest;
}

function entityOf(proof: ProofNode, tick: Tick): Entity {
  const entity = tick.graph.find(proof.entity);
  if (entity === undefined) throw new Error(`the proof is about ${proof.entity}, which the graph lacks`);
  return entity;
}

function runText(run: string | undefined): string {
  return run === undefined ? "" : ` by run ${run}`;
}
