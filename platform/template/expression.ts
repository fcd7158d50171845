// The form that templates are compiled to: plain data, each node with its offsets in the template's text.

interface Place {
  readonly start: number;
  readonly end: number;
}

export interface Arguments {
  readonly positional: readonly Expression[];
  readonly named: readonly { readonly name: string; readonly value: Expression }[];
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";
export type ComparisonOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in";

export type Expression = Place &
  (
    | {
        readonly kind: "literal";
        readonly value: string | number | boolean | null;
        readonly isFloat: boolean;
      }
    | { readonly kind: "name"; readonly name: string }
    | {
        readonly kind: "attribute";
        readonly target: Expression;
        readonly name: string;
        readonly nameStart: number;
      }
    | { readonly kind: "item"; readonly target: Expression; readonly key: Expression }
    | {
        readonly kind: "slice";
        readonly target: Expression;
        readonly from?: Expression;
        readonly to?: Expression;
      }
    | { readonly kind: "call"; readonly callee: Expression; readonly args: Arguments }
    | {
        readonly kind: "filter";
        readonly target: Expression;
        readonly name: string;
        readonly nameStart: number;
        readonly args: Arguments;
      }
    | {
        readonly kind: "test";
        readonly target: Expression;
        readonly name: string;
        readonly nameStart: number;
        readonly args: Arguments;
        readonly negated: boolean;
      }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | {
        readonly kind: "mapping";
        readonly entries: readonly { readonly key: Expression; readonly value: Expression }[];
      }
    | { readonly kind: "sign"; readonly operator: "+" | "-"; readonly operand: Expression }
    | {
        readonly kind: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
      }
    | { readonly kind: "concat"; readonly parts: readonly Expression[] }
    | {
        readonly kind: "compare";
        readonly first: Expression;
        readonly rest: readonly { readonly operator: ComparisonOperator; readonly operand: Expression }[];
      }
    | { readonly kind: "not"; readonly operand: Expression }
    | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: "condition";
        readonly test: Expression;
        readonly then: Expression;
        readonly otherwise?: Expression;
      }
  );

export type Statement =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "output"; readonly value: Expression }
  | {
      readonly kind: "if";
      readonly branches: readonly { readonly test: Expression; readonly body: readonly Statement[] }[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "for";
      readonly names: readonly string[];
      readonly items: Expression;
      readonly filter?: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | {
      readonly kind: "set";
      readonly names: readonly string[];
      readonly value: Expression | readonly Statement[];
    };

export interface ParsedTemplate {
  readonly text: string;
  readonly body: readonly Statement[];
  /** The expression of a text that is `{{ … }}` and nothing else; its value keeps its type. */
  readonly sole: Expression | undefined;
}
