import { didYouMean } from "../core/suggest.ts";
import { ParseFault, type SelectionFault, type Token, tokensOf } from "./selection-tokens.ts";

/** A selection as parsed. Grammar: spec/components.md §1.4. */
export type Selection =
  | { readonly kind: "all" }
  /** `*` in a pattern stands for any characters, also none. */
  | {
      readonly kind: "attribute";
      readonly attribute: SelectionAttribute;
      readonly pattern: string;
      readonly value?: string;
      readonly column: number;
    }
  | { readonly kind: "and" | "or"; readonly operands: readonly Selection[] }
  | { readonly kind: "not"; readonly operand: Selection }
  /** The operand with so many steps upstream and downstream; Infinity is all the way. */
  | { readonly kind: "spread"; readonly operand: Selection; readonly up: number; readonly down: number }
  | { readonly kind: "sinks" | "roots"; readonly operand: Selection };

export const selectionAttributes = [
  "key",
  "key_substring",
  "tag",
  "owner",
  "group",
  "kind",
  "column",
  "table_name",
  "column_tag",
  "code_location",
  "status",
  "changed_in_branch",
] as const;
export type SelectionAttribute = (typeof selectionAttributes)[number];

/** Nesting beyond this is refused rather than risked. */
const deepest = 200;

const kept = new Map<string, { readonly selection: Selection } | { readonly fault: SelectionFault }>();

/** `not` binds before `and`, `and` before `or`; `+` binds closest. Words are the same in any case. */
export function parseSelection(
  text: string,
): { readonly selection: Selection } | { readonly fault: SelectionFault } {
  let parsed = kept.get(text);
  if (parsed === undefined) {
    parsed = parse(text);
    if (kept.size > 10_000) kept.clear();
    kept.set(text, parsed);
  }
  return parsed;
}

function parse(text: string): { readonly selection: Selection } | { readonly fault: SelectionFault } {
  try {
    return { selection: new SelectionParser(text).parseWhole() };
  } catch (thrown) {
    if (thrown instanceof ParseFault) return { fault: thrown.fault };
    throw thrown;
  }
}

class SelectionParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parseWhole(): Selection {
    if (this.#peek().type === "end") this.#fail("a selection is empty", { hint: "`*` selects all assets" });
    const selection = this.#parseOr();
    const rest = this.#peek();
    if (rest.type === "close") this.#fail("a bracket is closed that was not opened");
    if (rest.type !== "end") this.#fail(`\`${rest.text}\` follows without \`and\` or \`or\``);
    return selection;
  }

  #parseOr(): Selection {
    return this.#parseList("or", () => this.#parseList("and", () => this.#parseNot()));
  }

  #parseList(kind: "and" | "or", parseOperand: () => Selection): Selection {
    const operands = [parseOperand()];
    while (this.#isWord(kind)) {
      this.#at++;
      operands.push(parseOperand());
    }
    return operands.length === 1 ? (operands[0] as Selection) : { kind, operands };
  }

  #parseNot(): Selection {
    if (!this.#isWord("not")) return this.#parseSpread();
    this.#at++;
    return this.#deeper(() => ({ kind: "not", operand: this.#parseNot() }));
  }

  #parseSpread(): Selection {
    const up = this.#parseUp();
    const operand = this.#parsePrimary();
    const down = this.#parseDown();
    return up === 0 && down === 0 ? operand : { kind: "spread", operand, up, down };
  }

  /** `+` or `N+` before its operand. */
  #parseUp(): number {
    const token = this.#peek();
    if (token.type === "plus") {
      this.#at++;
      return Number.POSITIVE_INFINITY;
    }
    const after = this.#tokens[this.#at + 1];
    const operand = this.#tokens[this.#at + 2];
    if (token.type !== "word" || !/^\d+$/.test(token.text) || after?.type !== "plus" || after.apart) return 0;
    if (operand === undefined || operand.apart || operand.type === "end" || operand.type === "close")
      return 0;
    this.#at += 2;
    return Number(token.text);
  }

  /** `+` or `+N` after its operand, without a blank before it. */
  #parseDown(): number {
    const token = this.#peek();
    if (token.type !== "plus" || token.apart) return 0;
    this.#at++;
    const steps = this.#peek();
    if (steps.type !== "word" || steps.apart || !/^\d+$/.test(steps.text)) return Number.POSITIVE_INFINITY;
    this.#at++;
    return Number(steps.text);
  }

  #parsePrimary(): Selection {
    const token = this.#peek();
    switch (token.type) {
      case "open": {
        this.#at++;
        return this.#parseBracket(token);
      }
      case "quoted":
        this.#at++;
        return { kind: "attribute", attribute: "key", pattern: token.text, column: token.column };
      case "word":
        return this.#parseWord(token);
      case "end":
        return this.#fail("the selection ends where assets are expected");
      default:
        return this.#fail(`\`${token.text}\` stands where assets are expected`);
    }
  }

  #parseBracket(open: Token): Selection {
    const inner = this.#deeper(() => this.#parseOr());
    if (this.#peek().type !== "close") {
      throw new ParseFault({ reason: "a bracket is not closed", column: open.column });
    }
    this.#at++;
    return inner;
  }

  #parseWord(token: Token): Selection {
    const next = this.#tokens[this.#at + 1];
    const lower = token.text.toLowerCase();
    if (lower === "and" || lower === "or" || lower === "not")
      this.#fail(`\`${token.text}\` stands where assets are expected`);
    if (next?.type === "open" && !next.apart) {
      if (lower !== "sinks" && lower !== "roots") {
        this.#fail(`there is no function \`${token.text}\``, {
          hint: didYouMean(lower, ["sinks", "roots"]) ?? "functions are sinks and roots",
        });
      }
      this.#at += 2;
      return { kind: lower as "sinks" | "roots", operand: this.#parseBracket(next) };
    }
    if (next?.type === "colon" && !next.apart) return this.#parseAttribute(token);
    this.#at++;
    if (token.text === "*") return { kind: "all" };
    return { kind: "attribute", attribute: "key", pattern: token.text, column: token.column };
  }

  #parseAttribute(token: Token): Selection {
    const attribute = token.text.toLowerCase();
    if (!isAttribute(attribute)) {
      this.#fail(`there is no attribute \`${token.text}\` to select by`, {
        hint:
          didYouMean(attribute, selectionAttributes) ??
          `attributes are ${selectionAttributes.join(", ")}; a key with a colon stands in double quotes`,
      });
    }
    this.#at += 2;
    const pattern = this.#parseValue(`\`${attribute}:\` wants a value`);
    const takesValue = attribute === "tag" || attribute === "column_tag";
    if (this.#peek().type !== "equals" || this.#peek().apart)
      return { kind: "attribute", attribute, pattern, column: token.column };
    if (!takesValue)
      this.#fail(`\`${attribute}:\` takes no \`=\``, { hint: "quote a value that has one in it" });
    this.#at++;
    const value = this.#parseValue(`\`${attribute}:${pattern}=\` wants a value`);
    return { kind: "attribute", attribute, pattern, value, column: token.column };
  }

  /** Words and colons without a blank between them, so that `team:data` needs no quotes; or quoted text. */
  #parseValue(reason: string): string {
    const first = this.#peek();
    if (first.type === "quoted" && !first.apart) {
      this.#at++;
      return first.text;
    }
    let value = "";
    for (
      let token = this.#peek();
      !token.apart && (token.type === "word" || token.type === "colon");
      token = this.#peek()
    ) {
      value += token.text;
      this.#at++;
    }
    if (value === "") this.#fail(reason, { hint: 'for example `group:sling` or `tag:"k"="v"`' });
    return value;
  }

  #deeper<T>(parseInner: () => T): T {
    this.#depth++;
    if (this.#depth > deepest) this.#fail(`a selection nests at most ${deepest} deep`);
    const inner = parseInner();
    this.#depth--;
    return inner;
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.type === "word" && token.text.toLowerCase() === word;
  }

  #peek(): Token {
    return this.#tokens[Math.min(this.#at, this.#tokens.length - 1)] as Token;
  }

  #fail(reason: string, { hint }: { hint?: string } = {}): never {
    throw new ParseFault({ reason, ...(hint === undefined ? {} : { hint }), column: this.#peek().column });
  }
}

function isAttribute(name: string): name is SelectionAttribute {
  return (selectionAttributes as readonly string[]).includes(name);
}
