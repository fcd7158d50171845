import type { AutomationCondition } from "../core/condition.ts";
import {
  intersectOrdinals,
  noOrdinals,
  type Ordinals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import { conditionTypes } from "./condition-types.ts";
import { downstreamConditions } from "./downstream-conditions.ts";
import { evaluateSince } from "./evaluate-since.ts";
import { nodeKey } from "./node-key.ts";
import { evaluateOperand } from "./operands.ts";
import type { ProofNode } from "./proof.ts";
import { eachDepUpdated, scopedDeps } from "./scoped-deps.ts";
import type { Subject } from "./subject.ts";
import type { Evaluation } from "./tick.ts";
import {
  laterOf,
  limitTrue,
  type Moment,
  mergedMoments,
  nothing,
  type TrueSet,
  uniteTrue,
  withoutMoments,
} from "./true-set.ts";
import { isVirtuallyTrue } from "./virtual-partitions.ts";

/** The candidates of `entity` for which a condition holds. Meaning of each node: spec/automation.md §1.2, §1.3. */
export function evaluateCondition(
  condition: AutomationCondition,
  subject: Subject,
  evaluation: Evaluation,
): TrueSet {
  const outer = evaluation.parts;
  if (outer === undefined) {
    // Without candidates nothing holds; only what remembers something is asked then.
    if (subject.candidates.length === 0 && !isRemembering(condition)) return nothing;
    return evaluateNode(condition, subject, evaluation);
  }
  const children: ProofNode[] = [];
  evaluation.parts = children;
  const result = evaluateNode(condition, subject, evaluation);
  evaluation.parts = outer;
  outer.push({ condition, entity: subject.entity.key, candidates: subject.candidates, result, children });
  return result;
}

const remembering = new WeakMap<AutomationCondition, boolean>();

/** Whether a part of it keeps something from tick to tick. */
function isRemembering(condition: AutomationCondition): boolean {
  let known = remembering.get(condition);
  if (known === undefined) {
    known = !conditionTypes(condition).isDisjointFrom(rememberingTypes);
    remembering.set(condition, known);
  }
  return known;
}

const rememberingTypes: ReadonlySet<string> = new Set([
  "since",
  "newly_true",
  "code_version_changed",
  "all_deps_updated_since_last_handled",
  // What it stands for may.
  "any_downstream_conditions",
]);

function evaluateNode(condition: AutomationCondition, subject: Subject, evaluation: Evaluation): TrueSet {
  const { entity, candidates } = subject;
  switch (condition.type) {
    case "and":
      return evaluateAnd(condition.operands, subject, evaluation);
    case "or": {
      let found = nothing;
      for (const operand of condition.operands)
        found = uniteTrue(found, evaluateCondition(operand, subject, evaluation));
      return found;
    }
    case "not": {
      const { ordinals } = evaluateCondition(condition.operand, subject, evaluation);
      return withoutMoments(subtractOrdinals(candidates, ordinals));
    }
    case "since": {
      const whole = { entity, candidates: evaluation.tick.universe(entity).all };
      const trigger = evaluateCondition(condition.trigger, whole, evaluation);
      const reset = evaluateCondition(condition.reset, whole, evaluation);
      const held = evaluateSince({ trigger, reset }, { condition, entity }, evaluation);
      return limitTrue(held, intersectOrdinals(held.ordinals, candidates));
    }
    case "newly_true":
      return evaluateNewlyTrue(condition, subject, evaluation);
    case "any_deps_match":
    case "all_deps_match":
      return evaluateDeps(condition, subject, evaluation);
    case "all_deps_updated_since_last_handled": {
      const operands = eachDepUpdated(entity, condition, evaluation);
      return operands.length === 0 ? nothing : evaluateAnd(operands, subject, evaluation);
    }
    case "any_checks_match":
    case "all_checks_match":
      return evaluateChecks(condition, subject, evaluation);
    case "asset_matches":
      return evaluateOther(condition, subject, evaluation);
    case "any_downstream_conditions":
      return evaluateDownstream(subject, evaluation);
    default:
      return evaluation.supposed?.(condition, subject) ?? evaluateOperand(condition, subject, evaluation);
  }
}

/** Each operand is asked only about what those before it left. */
function evaluateAnd(
  operands: readonly AutomationCondition[],
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  let left = candidates;
  let { moments } = nothing;
  for (const operand of operands) {
    const result = evaluateCondition(operand, { entity, candidates: left }, evaluation);
    left = intersectOrdinals(left, result.ordinals);
    moments = mergedMoments(moments, result.moments);
  }
  return limitTrue({ ordinals: left, moments }, left);
}

function evaluateNewlyTrue(
  condition: Extract<AutomationCondition, { type: "not" | "newly_true" }>,
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  const universe = evaluation.tick.universe(entity);
  const now = evaluateCondition(condition.operand, { entity, candidates: universe.all }, evaluation);
  const key = nodeKey(condition, entity.key, evaluation.root.key);
  evaluation.nodes.set(key, { set: universe.encode(now.ordinals) });
  const before = evaluation.previous?.nodes[key];
  // A node that is new under an evaluated condition takes what it finds as given: an edit requests nothing.
  if (before === undefined && evaluation.previous !== undefined) return nothing;
  const fresh = subtractOrdinals(now.ordinals, universe.decode(before?.set));
  return limitTrue(now, intersectOrdinals(fresh, candidates));
}

function evaluateDeps(
  condition: Extract<AutomationCondition, { type: "any_deps_match" | "all_deps_match" }>,
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  const isAny = condition.type === "any_deps_match";
  let result: TrueSet = isAny ? nothing : withoutMoments(candidates);
  for (const dep of scopedDeps(entity, condition, evaluation)) {
    const mapping = evaluation.tick.mapping(entity, dep);
    const { ordinals: needed, incomplete } = mapping.up(candidates);
    const above = evaluateCondition(condition.operand, { entity: dep, candidates: needed }, evaluation);
    const absent = incomplete.length > 0 && isVirtuallyTrue(condition.operand) ? incomplete : noOrdinals;
    const below = intersectOrdinals(uniteOrdinals(mapping.down(above.ordinals), absent), candidates);
    result = isAny
      ? uniteTrue(result, momentsBelow(above, below, mapping))
      : withoutMoments(intersectOrdinals(result.ordinals, below));
  }
  return result;
}

/** Beyond so many upstream partitions with a moment the latest stands for all. */
const mostMoments = 200;

function momentsBelow(
  above: TrueSet,
  below: Ordinals,
  mapping: { readonly isSame: boolean; down(ordinals: Ordinals): Ordinals },
): TrueSet {
  if (above.moments.size === 0) return withoutMoments(below);
  if (mapping.isSame) return limitTrue({ ordinals: below, moments: above.moments }, below);
  const moments = new Map<number, Moment>();
  const note = (ordinals: Ordinals, moment: Moment) => {
    for (const [from, to] of intersectOrdinals(ordinals, below))
      for (let ordinal = from; ordinal < to; ordinal++)
        moments.set(ordinal, laterOf(moments.get(ordinal), moment) as Moment);
  };
  if (above.moments.size > mostMoments) {
    note(
      below,
      [...above.moments.values()].reduce((a, b) => laterOf(a, b) as Moment),
    );
  } else {
    for (const [ordinal, moment] of above.moments) note(mapping.down([[ordinal, ordinal + 1]]), moment);
  }
  return { ordinals: below, moments };
}

/** A check has no partitions: its answer is that of all candidates. */
function evaluateChecks(
  condition: Extract<AutomationCondition, { type: "any_checks_match" | "all_checks_match" }>,
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  const isAny = condition.type === "any_checks_match";
  let holds = !isAny;
  for (const key of entity.checks) {
    const check = evaluation.tick.graph.find(key);
    if (check?.check === undefined || (condition.blockingOnly && !check.check.blocking)) continue;
    const asked: Ordinals = candidates.length === 0 ? noOrdinals : [[0, 1]];
    const answer = evaluateCondition(condition.operand, { entity: check, candidates: asked }, evaluation);
    holds = isAny ? holds || answer.ordinals.length > 0 : holds && answer.ordinals.length > 0;
  }
  return withoutMoments(holds ? candidates : noOrdinals);
}

/** Another asset, upstream or downstream of this one, or neither. */
function evaluateOther(
  condition: Extract<AutomationCondition, { type: "asset_matches" }>,
  { entity, candidates }: Subject,
  evaluation: Evaluation,
): TrueSet {
  const { tick } = evaluation;
  const other = tick.graph.find(condition.asset);
  if (other === undefined) return nothing;
  if (other.deps.includes(entity.key)) {
    const mapping = tick.mapping(other, entity);
    const asked = { entity: other, candidates: mapping.down(candidates) };
    const { ordinals } = evaluateCondition(condition.operand, asked, evaluation);
    return withoutMoments(intersectOrdinals(mapping.up(ordinals).ordinals, candidates));
  }
  const mapping = tick.mapping(entity, other);
  const asked = { entity: other, candidates: mapping.up(candidates).ordinals };
  const above = evaluateCondition(condition.operand, asked, evaluation);
  return momentsBelow(above, intersectOrdinals(mapping.down(above.ordinals), candidates), mapping);
}

/** Conditions of the nearest descendants that have one of their own, each asked about this entity. */
function evaluateDownstream(subject: Subject, evaluation: Evaluation): TrueSet {
  let result = nothing;
  for (const { condition, inner } of downstreamConditions(subject.entity, evaluation)) {
    const nested: Evaluation = { ...evaluation, downstream: [...evaluation.downstream, condition] };
    result = uniteTrue(result, evaluateCondition(inner, subject, nested));
  }
  return result;
}
