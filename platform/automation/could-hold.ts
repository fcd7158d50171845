import type { AutomationCondition } from "../core/condition.ts";
import {
  intersectOrdinals,
  isSameOrdinals,
  noOrdinals,
  type Ordinals,
  subtractOrdinals,
  uniteOrdinals,
} from "../partition/ordinals.ts";
import { nodeKey } from "./node-key.ts";
import { evaluateOperand } from "./operands.ts";
import { scopedDeps } from "./scoped-deps.ts";
import type { Subject } from "./subject.ts";
import type { Evaluation } from "./tick.ts";
import { isVirtuallyTrue } from "./virtual-partitions.ts";

/**
 * Candidates among which are all for which a condition holds. Cheaper than evaluating it, because what it remembers is
 * not brought up to date: of that only whether it can hold at all is looked at.
 */
export function couldHold(
  condition: AutomationCondition,
  subject: Subject,
  evaluation: Evaluation,
): Ordinals {
  return bound(condition, subject, { evaluation, isUpper: true });
}

interface Bound {
  readonly evaluation: Evaluation;
  /** Whether all that hold are wanted and maybe more, or only such as hold and maybe not all. */
  readonly isUpper: boolean;
}

function bound(condition: AutomationCondition, subject: Subject, side: Bound): Ordinals {
  const { candidates } = subject;
  if (candidates.length === 0) return noOrdinals;
  switch (condition.type) {
    case "and": {
      let left = candidates;
      for (const operand of condition.operands) {
        left = bound(operand, { ...subject, candidates: left }, side);
        if (left.length === 0) break;
      }
      return left;
    }
    case "or": {
      let found = noOrdinals;
      for (const operand of condition.operands) {
        found = uniteOrdinals(found, bound(operand, subject, side));
        if (isSameOrdinals(found, candidates)) break;
      }
      return found;
    }
    case "not": {
      const other = { ...side, isUpper: !side.isUpper };
      return subtractOrdinals(candidates, bound(condition.operand, subject, other));
    }
    case "since":
      return side.isUpper ? boundOfSince(condition, subject, side) : noOrdinals;
    case "newly_true":
      return side.isUpper ? bound(condition.operand, subject, side) : noOrdinals;
    case "any_deps_match":
      return boundOfDeps(condition, subject, side);
    case "all_deps_match":
    case "all_deps_updated_since_last_handled":
    case "any_checks_match":
    case "all_checks_match":
    case "asset_matches":
    case "any_downstream_conditions":
    case "code_version_changed":
    case "custom":
      return side.isUpper ? candidates : noOrdinals;
    default:
      return evaluateOperand(condition, subject, side.evaluation).ordinals;
  }
}

function boundOfSince(
  condition: Extract<AutomationCondition, { type: "since" }>,
  subject: Subject,
  side: Bound,
): Ordinals {
  const { previous, root } = side.evaluation;
  const state = previous?.nodes[nodeKey(condition, subject.entity.key, root.key)];
  return state?.set == null ? bound(condition.trigger, subject, side) : subject.candidates;
}

function boundOfDeps(
  condition: Extract<AutomationCondition, { type: "any_deps_match" | "all_deps_match" }>,
  { entity, candidates }: Subject,
  side: Bound,
): Ordinals {
  const { tick } = side.evaluation;
  let found = noOrdinals;
  for (const dep of scopedDeps(entity, condition, side.evaluation)) {
    const mapping = tick.mapping(entity, dep);
    const { ordinals: needed, incomplete } = mapping.up(candidates);
    const above = bound(condition.operand, { entity: dep, candidates: needed }, side);
    const absent = incomplete.length > 0 && isVirtuallyTrue(condition.operand) ? incomplete : noOrdinals;
    if (above.length === 0 && absent.length === 0) continue;
    const below = intersectOrdinals(uniteOrdinals(mapping.down(above), absent), candidates);
    found = uniteOrdinals(found, below);
    if (isSameOrdinals(found, candidates)) break;
  }
  return found;
}
