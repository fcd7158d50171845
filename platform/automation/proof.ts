import type { AutomationCondition } from "../core/condition.ts";
import type { Ordinals } from "../partition/ordinals.ts";
import type { EntityKey } from "./automation-facts.ts";
import type { TrueSet } from "./true-set.ts";

/** How one node of a condition came out: of the candidates that it was asked about, those for which it held. */
export interface ProofNode {
  readonly condition: AutomationCondition;
  /** Whom it asked about: the automated entity, a dep or a check. */
  readonly entity: EntityKey;
  readonly candidates: Ordinals;
  readonly result: TrueSet;
  readonly children: readonly ProofNode[];
}
