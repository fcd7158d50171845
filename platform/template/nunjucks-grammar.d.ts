// The two modules of nunjucks that hold its grammar; its runtime is never imported.

declare module "nunjucks/src/lexer.js" {
  export interface NunjucksToken {
    readonly type: string;
    readonly value: string;
    readonly lineno: number;
    readonly colno: number;
  }

  export interface Tokenizer {
    readonly index: number;
    readonly in_code: boolean;
    readonly tags: { readonly [name: string]: string };
    nextToken(): NunjucksToken | null;
    forwardN(count: number): void;
  }

  const lexer: { lex(source: string): Tokenizer };
  export default lexer;
}

declare module "nunjucks/src/parser.js" {
  import type { NunjucksToken } from "nunjucks/src/lexer.js";

  export interface TokenStream {
    readonly tags: { readonly [name: string]: string };
    nextToken(): NunjucksToken | null;
  }

  class Parser {
    constructor(tokens: TokenStream);
    breakOnBlocks: readonly string[] | null;
    dropLeadingWhitespace: boolean;
    nextToken(): NunjucksToken | null;
    peekToken(): NunjucksToken | null;
    pushToken(token: NunjucksToken): void;
    advanceAfterBlockEnd(name?: string): NunjucksToken;
    parseNodes(): unknown[];
    parseUntilBlocks(...names: string[]): { readonly children: unknown[] };
    parseExpression(): unknown;
    parseOr(): unknown;
    parseStatement(): unknown;
    error(message: string, lineno?: number, colno?: number): Error;
  }

  const parser: { Parser: typeof Parser };
  export default parser;
}
