import type { MethodName } from "./method-names.ts";
import type { TextPlace } from "./selection-error.ts";

/** Which tests come along with the nodes that they test. */
export const indirectSelections = ["eager", "cautious", "buildable", "empty"] as const;
/**
 * `eager`: tests of any chosen node. `cautious`: tests of which all nodes are chosen. `buildable`: those whose nodes are
 * chosen or upstream of a chosen one. `empty`: none.
 */
export type IndirectSelection = (typeof indirectSelections)[number];

export interface Criterion {
  readonly kind: "criterion";
  readonly method: MethodName;
  /** `materialized` of `config.materialized`. */
  readonly arguments: readonly string[];
  /** Text, but what YAML says it is in a selector that is written so. */
  readonly value: unknown;
  readonly withAncestorsOfDescendants: boolean;
  /** Steps upstream and downstream; Infinity is all the way. */
  readonly up: number;
  readonly down: number;
  readonly indirect: IndirectSelection;
  /** As written, for messages. */
  readonly text: string;
  readonly place: TextPlace | undefined;
}

/** A selection as dbt reads it, from text or from a selector. */
export type SelectionTree =
  | Criterion
  | {
      readonly kind: "union" | "intersection" | "difference";
      readonly parts: readonly SelectionTree[];
      /** Tests left out so far are looked at again in this mode once the parts are combined. */
      readonly indirect: IndirectSelection;
      /** Of criteria that stand together in text; dbt warns where they choose nothing. */
      readonly text?: string;
    };
