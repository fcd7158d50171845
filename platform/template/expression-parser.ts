import type { Arguments, ComparisonOperator, Expression } from "./expression.ts";
import { TokenReader } from "./token-reader.ts";
import { syntaxError, type Token } from "./token-stream.ts";

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
const products: ReadonlySet<string> = new Set(["*", "/", "//", "%"]);
export const constants = new Map<string, boolean | null>([
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
  ["none", null],
  ["None", null],
  ["null", null],
]);
const noArgumentAfter: ReadonlySet<string> = new Set(["else", "or", "and", "if", "in", "not", "is"]);

/**
 * Jinja's expressions. nunjucks' own differ in precedence (`2 * 7 // 3`, `a if b else c if d else e`), have no
 * slices, and accept `[1)`.
 */
export class ExpressionParser extends TokenReader {
  override parseExpression(): Expression {
    return this.nested(() => this.#condition());
  }

  #condition(): Expression {
    let then = this.parseOr();
    while (this.skipWord("if")) {
      const test = this.parseOr();
      const otherwise = this.skipWord("else") ? this.parseExpression() : undefined;
      const end = (otherwise ?? test).end;
      then = {
        kind: "condition",
        test,
        then,
        ...(otherwise === undefined ? {} : { otherwise }),
        start: then.start,
        end,
      };
    }
    return then;
  }

  /** Without `… if … else …`. */
  override parseOr(): Expression {
    let left = this.#and();
    while (this.skipWord("or")) {
      const right = this.#and();
      left = { kind: "or", left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #and(): Expression {
    let left = this.#not();
    while (this.skipWord("and")) {
      const right = this.#not();
      left = { kind: "and", left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #not(): Expression {
    const token = this.peek();
    if (!this.skipWord("not")) return this.#compare();
    const operand = this.nested(() => this.#not());
    return { kind: "not", operand, start: (token as Token).start, end: operand.end };
  }

  #compare(): Expression {
    const first = this.#sum();
    const rest: { operator: ComparisonOperator; operand: Expression }[] = [];
    for (let operator = this.#comparison(); operator !== undefined; operator = this.#comparison()) {
      rest.push({ operator, operand: this.#sum() });
    }
    const last = rest.at(-1);
    return last === undefined
      ? first
      : { kind: "compare", first, rest, start: first.start, end: last.operand.end };
  }

  #comparison(): ComparisonOperator | undefined {
    const token = this.peek();
    if (token?.type === "operator" && comparisons.has(token.value))
      return this.next()?.value as ComparisonOperator;
    if (this.skipWord("in")) return "in";
    if (token?.type !== "symbol" || token.value !== "not") return undefined;
    this.next();
    if (!this.skipWord("in")) throw this.unexpected(this.peek(), "`in`");
    return "not in";
  }

  #sum(): Expression {
    let left = this.#concat();
    for (let operator = this.operator("+", "-"); operator !== undefined; operator = this.operator("+", "-")) {
      const right = this.#concat();
      left = { kind: "binary", operator, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #concat(): Expression {
    const parts = [this.#product()];
    while (this.skipType("tilde")) parts.push(this.#product());
    const first = parts[0] as Expression;
    if (parts.length === 1) return first;
    return { kind: "concat", parts, start: first.start, end: (parts.at(-1) as Expression).end };
  }

  #product(): Expression {
    let left = this.#power();
    for (
      let operator = this.operator(...products);
      operator !== undefined;
      operator = this.operator(...products)
    ) {
      const right = this.#power();
      left = { kind: "binary", operator, left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #power(): Expression {
    let left = this.#unary({ withFilters: true });
    while (this.skipOperator("**")) {
      const right = this.#unary({ withFilters: true });
      left = { kind: "binary", operator: "**", left, right, start: left.start, end: right.end };
    }
    return left;
  }

  #unary({ withFilters }: { withFilters: boolean }): Expression {
    const token = this.peek();
    const sign = this.operator("+", "-") as "+" | "-" | undefined;
    let node: Expression;
    if (sign === undefined) node = this.#postfix(this.#primary());
    else {
      const operand = this.nested(() => this.#unary({ withFilters: false }));
      node = { kind: "sign", operator: sign, operand, start: (token as Token).start, end: operand.end };
    }
    return withFilters ? this.#filters(node) : node;
  }

  #primary(): Expression {
    const token = this.next();
    if (token?.type === "string")
      return { kind: "literal", value: token.value, isFloat: false, ...placeOf(token) };
    if (token?.type === "number") {
      return {
        kind: "literal",
        value: token.number as number,
        isFloat: token.isFloat === true,
        ...placeOf(token),
      };
    }
    if (token?.type === "symbol") {
      const constant = constants.get(token.value);
      if (constant !== undefined)
        return { kind: "literal", value: constant, isFloat: false, ...placeOf(token) };
      if (noArgumentAfter.has(token.value)) throw this.unexpected(token, "a value");
      return { kind: "name", name: token.value, ...placeOf(token) };
    }
    if (token?.type === "left-paren") return this.#group(token);
    if (token?.type === "left-bracket") {
      const items = this.#items("right-bracket");
      return { kind: "list", items, start: token.start, end: this.lastEnd };
    }
    if (token?.type === "left-curly") return this.#mapping(token);
    throw this.unexpected(token, "a value");
  }

  #group(opening: Token): Expression {
    if (this.skipType("right-paren"))
      return { kind: "list", items: [], start: opening.start, end: this.lastEnd };
    const first = this.parseExpression();
    if (this.skipType("right-paren")) return { ...first, start: opening.start, end: this.lastEnd };
    this.expectType("comma", "`)`");
    const items = [first, ...this.#items("right-paren")];
    return { kind: "list", items, start: opening.start, end: this.lastEnd };
  }

  #items(close: string): Expression[] {
    const items: Expression[] = [];
    while (!this.skipType(close)) {
      items.push(this.parseExpression());
      if (this.peek()?.type !== close) this.expectType("comma", "`,`");
    }
    return items;
  }

  #mapping(opening: Token): Expression {
    const entries: { key: Expression; value: Expression }[] = [];
    while (!this.skipType("right-curly")) {
      const key = this.parseExpression();
      this.expectType("colon", "`:`");
      entries.push({ key, value: this.parseExpression() });
      if (this.peek()?.type !== "right-curly") this.expectType("comma", "`,`");
    }
    return { kind: "mapping", entries, start: opening.start, end: this.lastEnd };
  }

  #postfix(first: Expression): Expression {
    let node = first;
    for (;;) {
      const { start } = node;
      if (this.skipOperator(".")) node = this.#attribute(node);
      else if (this.skipType("left-bracket")) node = this.#subscript(node);
      else if (this.skipType("left-paren")) {
        const args = this.#arguments();
        node = { kind: "call", callee: node, args, start, end: this.lastEnd };
      } else return node;
    }
  }

  #attribute(target: Expression): Expression {
    const token = this.next();
    const place = { start: target.start, end: token?.end ?? target.end };
    if (token?.type === "symbol") {
      return { kind: "attribute", target, name: token.value, nameStart: token.start, ...place };
    }
    if (token?.type === "number" && token.isFloat !== true) {
      const key = {
        kind: "literal",
        value: token.number as number,
        isFloat: false,
        ...placeOf(token),
      } as const;
      return { kind: "item", target, key, ...place };
    }
    throw this.unexpected(token, "a name");
  }

  #subscript(target: Expression): Expression {
    const colon = this.peek()?.type === "colon";
    const from = colon ? undefined : this.parseExpression();
    if (!this.skipType("colon")) {
      this.expectType("right-bracket", "`]`");
      return { kind: "item", target, key: from as Expression, start: target.start, end: this.lastEnd };
    }
    const next = this.peek();
    const to = next?.type === "right-bracket" || next?.type === "colon" ? undefined : this.parseExpression();
    const after = this.peek();
    if (after?.type === "colon") throw syntaxError("slices with a step are not in the language", after);
    this.expectType("right-bracket", "`]`");
    const bounds = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
    return { kind: "slice", target, ...bounds, start: target.start, end: this.lastEnd };
  }

  #arguments(): Arguments {
    const positional: Expression[] = [];
    const named: { name: string; value: Expression }[] = [];
    while (!this.skipType("right-paren")) {
      const token = this.peek();
      if (token?.type === "operator" && token.value.startsWith("*")) {
        throw syntaxError(`\`${token.value}\` in front of an argument is not in the language`, token);
      }
      const value = this.parseExpression();
      if (this.skipOperator("=")) {
        if (value.kind !== "name") throw syntaxError("only a name can stand before `=`", value);
        if (named.some(({ name }) => name === value.name))
          throw syntaxError(`\`${value.name}\` is given twice`, value);
        named.push({ name: value.name, value: this.parseExpression() });
      } else {
        if (named.length > 0)
          throw syntaxError("an argument without a name can't follow one with a name", value);
        positional.push(value);
      }
      if (this.peek()?.type !== "right-paren") this.expectType("comma", "`,`");
    }
    return { positional, named };
  }

  #filters(first: Expression): Expression {
    let node = first;
    for (;;) {
      if (this.skipType("pipe")) {
        const name = this.#dottedName();
        const args = this.skipType("left-paren") ? this.#arguments() : noArguments;
        node = { kind: "filter", target: node, ...name, args, start: node.start, end: this.lastEnd };
      } else if (this.skipWord("is")) node = this.#test(node);
      else if (this.skipType("left-paren")) {
        const args = this.#arguments();
        node = { kind: "call", callee: node, args, start: node.start, end: this.lastEnd };
      } else return node;
    }
  }

  #test(target: Expression): Expression {
    const negated = this.skipWord("not");
    const name = this.#dottedName();
    let args = noArguments;
    const next = this.peek();
    if (this.skipType("left-paren")) args = this.#arguments();
    else if (next !== null && startsArgument(next)) {
      args = { positional: [this.#postfix(this.#primary())], named: [] };
    }
    return { kind: "test", target, ...name, args, negated, start: target.start, end: this.lastEnd };
  }

  #dottedName(): { name: string; nameStart: number } {
    const first = this.next();
    if (first?.type !== "symbol") throw this.unexpected(first, "a name");
    let name = first.value;
    while (this.skipOperator(".")) {
      const part = this.next();
      if (part?.type !== "symbol") throw this.unexpected(part, "a name");
      name += `.${part.value}`;
    }
    return { name, nameStart: first.start };
  }
}

const noArguments: Arguments = { positional: [], named: [] };

function placeOf({ start, end }: Token): { start: number; end: number } {
  return { start, end };
}

function startsArgument(token: Token): boolean {
  if (token.type === "symbol") return !noArgumentAfter.has(token.value);
  return ["string", "number", "left-bracket", "left-curly"].includes(token.type);
}
