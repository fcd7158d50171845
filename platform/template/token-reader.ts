import parser from "nunjucks/src/parser.js";
import type { BinaryOperator } from "./expression.ts";
import { type TemplateError, templateLimit } from "./template-error.ts";
import { syntaxError, type Token, TokenStream } from "./token-stream.ts";

const deepestNesting = 100;

/** nunjucks' parser with ways to look at the next token, to count nesting, and to say what is wrong. */
export class TokenReader extends parser.Parser {
  protected readonly tokens: TokenStream;
  /** Where the token that was read last ends. */
  protected lastEnd = 0;
  #nesting = 0;

  constructor(text: string) {
    const tokens = new TokenStream(text);
    super(tokens);
    this.tokens = tokens;
  }

  override error(message: string): TemplateError {
    const token = this.peek();
    const wanted = /(variable|block) end/.exec(message)?.[1];
    if (wanted !== undefined) return this.unexpected(token, wanted === "variable" ? "`}}`" : "`%}`");
    const end = this.tokens.end;
    return syntaxError(message, token ?? { start: Math.max(0, end - 1), end });
  }

  protected next(): Token | null {
    const token = this.nextToken() as Token | null;
    if (token !== null) this.lastEnd = token.end;
    return token;
  }

  protected peek(): Token | null {
    return this.peekToken() as Token | null;
  }

  protected skipType(type: string): boolean {
    if (this.peek()?.type !== type) return false;
    this.next();
    return true;
  }

  protected skipWord(word: string): boolean {
    const token = this.peek();
    if (token?.type !== "symbol" || token.value !== word) return false;
    this.next();
    return true;
  }

  protected skipOperator(operator: string): boolean {
    return this.operator(operator) !== undefined;
  }

  protected operator(...operators: string[]): BinaryOperator | undefined {
    const token = this.peek();
    if (token?.type !== "operator" || !operators.includes(token.value)) return undefined;
    this.next();
    return token.value as BinaryOperator;
  }

  protected expectType(type: string, wanted: string): void {
    if (!this.skipType(type)) throw this.unexpected(this.peek(), wanted);
  }

  protected nested<T>(read: () => T): T {
    this.#nesting += 1;
    if (this.#nesting > deepestNesting) {
      const end = this.tokens.end;
      throw templateLimit(`a template is nested more than ${deepestNesting} levels deep`).placeAt({
        start: end - 1,
        end,
      });
    }
    const value = read();
    this.#nesting -= 1;
    return value;
  }

  protected unexpected(token: Token | null, wanted: string): TemplateError {
    if (token === null) {
      const end = this.tokens.end;
      return syntaxError(`the template ends where ${wanted} is expected`, {
        start: Math.max(0, end - 1),
        end,
      });
    }
    const written = token.value.trim() === "" ? "a blank" : `\`${token.value}\``;
    return syntaxError(`${written} stands where ${wanted} is expected`, token);
  }
}
