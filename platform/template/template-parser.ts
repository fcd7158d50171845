import type { Expression, Statement } from "./expression.ts";
import { constants, ExpressionParser } from "./expression-parser.ts";
import { syntaxError, type Token } from "./token-stream.ts";

/** nunjucks' parser for texts, tags and white-space control, with the few statements that the language has. */
export class TemplateParser extends ExpressionParser {
  parseBody(): Statement[] {
    return this.#statements(this.parseNodes());
  }

  override parseStatement(): Statement | null {
    const token = this.peek();
    if (token?.type !== "symbol") throw this.unexpected(token, "the name of a tag");
    if (this.breakOnBlocks?.includes(token.value) === true) return null;
    switch (token.value) {
      case "if":
        return this.#if();
      case "for":
        return this.#for();
      case "set":
        return this.#set();
      case "raw":
        return this.#raw();
      default:
        throw syntaxError(
          `\`{% ${token.value} %}\` is not in the language`,
          token,
          "if, for, set and raw are",
        );
    }
  }

  #statements(nodes: readonly unknown[]): Statement[] {
    return nodes.flatMap((node): Statement[] => {
      if (typeof node === "object" && node !== null && "kind" in node) return [node as Statement];
      const child = (node as { children: readonly [Expression | { value: string }] }).children[0];
      if ("kind" in child) return [{ kind: "output", value: child }];
      return child.value === "" ? [] : [{ kind: "text", text: child.value }];
    });
  }

  #body(...ends: string[]): Statement[] {
    return this.nested(() => this.#statements(this.parseUntilBlocks(...ends).children));
  }

  #if(): Statement {
    const opening = this.next() as Token;
    const branches: { test: Expression; body: Statement[] }[] = [];
    let otherwise: Statement[] = [];
    const readBranch = (): void => {
      const test = this.parseExpression();
      this.#closeTag();
      branches.push({ test, body: this.#body("elif", "else", "endif") });
    };
    readBranch();
    while (this.skipWord("elif")) readBranch();
    if (this.skipWord("else")) {
      this.#closeTag();
      otherwise = this.#body("endif");
    }
    this.#endOf(opening, "endif");
    return { kind: "if", branches, otherwise };
  }

  #for(): Statement {
    const opening = this.next() as Token;
    const names = this.#targets();
    if (!this.skipWord("in")) throw this.unexpected(this.peek(), "`in`");
    const items = this.nested(() => this.parseOr());
    const filter = this.skipWord("if") ? this.parseExpression() : undefined;
    this.#closeTag();
    const body = this.#body("else", "endfor");
    let otherwise: Statement[] = [];
    if (this.skipWord("else")) {
      this.#closeTag();
      otherwise = this.#body("endfor");
    }
    this.#endOf(opening, "endfor");
    return { kind: "for", names, items, ...(filter === undefined ? {} : { filter }), body, otherwise };
  }

  #set(): Statement {
    const opening = this.next() as Token;
    const names = this.#targets();
    if (this.skipOperator("=")) {
      const value = this.parseExpression();
      this.#closeTag();
      return { kind: "set", names, value };
    }
    this.#closeTag();
    const value = this.#body("endset");
    this.#endOf(opening, "endset");
    return { kind: "set", names, value };
  }

  #raw(): Statement {
    const opening = this.next() as Token;
    this.#closeTag();
    this.dropLeadingWhitespace = false;
    return { kind: "text", text: this.tokens.skipRaw(opening.start) };
  }

  #targets(): string[] {
    const names: string[] = [];
    do {
      const token = this.next();
      if (token?.type !== "symbol" || constants.has(token.value)) throw this.unexpected(token, "a name");
      names.push(token.value);
    } while (this.skipType("comma"));
    return names;
  }

  #endOf(opening: Token, end: string): void {
    const token = this.peek();
    if (token === null || !this.skipWord(end)) {
      throw syntaxError(`\`{% ${opening.value} %}\` is not closed by \`{% ${end} %}\``, opening);
    }
    this.#closeTag();
  }

  #closeTag(): void {
    const token = this.peek();
    if (token?.type !== "block-end") throw this.unexpected(token, "`%}`");
    this.advanceAfterBlockEnd("tag");
  }
}
