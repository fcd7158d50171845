import lexer, { type NunjucksToken, type Tokenizer } from "nunjucks/src/lexer.js";
import { TemplateError } from "./template-error.ts";

export interface Token extends NunjucksToken {
  readonly start: number;
  readonly end: number;
  /** Of a number: whether it is written as a float. */
  readonly isFloat?: boolean;
  readonly number?: number;
}

// Longest first: 1_000, 0x1F, 0o17, 0b1, 1.5, 1e3, 1.5e-3.
const numberForm =
  /0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|[0-9](?:_?[0-9])*(\.[0-9](?:_?[0-9])*)?([eE][+-]?[0-9](?:_?[0-9])*)?/y;
const stringForm = /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"/y;
const nameForm = /[\p{L}_][\p{L}\p{N}_]*/uy;
const nameStart = /[\p{L}_]/u;

/**
 * nunjucks' tokens with their offsets, and with the forms of strings, numbers and names that Jinja has and
 * nunjucks' lexer reads otherwise; `}` closes a mapping before it can end an expression.
 */
export class TokenStream {
  readonly tags: { readonly [name: string]: string };
  readonly #text: string;
  readonly #tokenizer: Tokenizer;
  #braces = 0;
  /** Where the token that was given out last ends. */
  end = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokenizer = lexer.lex(text);
    this.tags = this.#tokenizer.tags;
  }

  nextToken(): Token | null {
    const tokenizer = this.#tokenizer;
    const start = tokenizer.index;
    if (!tokenizer.in_code) this.#braces = 0;
    const own = tokenizer.in_code && start < this.#text.length ? this.#codeToken(start) : undefined;
    if (own !== undefined) {
      tokenizer.forwardN(own.end - start);
      this.end = own.end;
      return own;
    }
    const token = this.#nunjucksToken(start);
    this.end = tokenizer.index;
    return token === null ? null : { ...token, start, end: tokenizer.index };
  }

  /** Passes over the text up to `{% endraw %}` and gives it. */
  skipRaw(from: number): string {
    const close = /\{%-?\s*endraw\s*-?%\}/g;
    close.lastIndex = this.#tokenizer.index;
    const found = close.exec(this.#text);
    if (found === null)
      throw syntaxError("`{% raw %}` is not closed by `{% endraw %}`", { start: from, end: this.end });
    const raw = this.#text.slice(this.#tokenizer.index, found.index);
    this.#tokenizer.forwardN(found.index + found[0].length - this.#tokenizer.index);
    return raw;
  }

  #nunjucksToken(start: number): NunjucksToken | null {
    try {
      return this.#tokenizer.nextToken();
    } catch {
      throw syntaxError("a comment is not closed by `#}`", { start, end: this.#text.length });
    }
  }

  #codeToken(start: number): Token | undefined {
    const text = this.#text;
    const character = text[start] as string;
    const place = { lineno: 0, colno: 0, start };
    if (character === '"' || character === "'") {
      const written = matchAt(stringForm, text, start);
      if (written === undefined) throw syntaxError("a string is not closed", { start, end: text.length });
      return { type: "string", value: unescapeString(written), ...place, end: start + written.length };
    }
    if (character >= "0" && character <= "9") return this.#number(start);
    if (character === "{") {
      this.#braces += 1;
      return { type: "left-curly", value: "{", ...place, end: start + 1 };
    }
    if (character === "}" && this.#braces > 0) {
      this.#braces -= 1;
      return { type: "right-curly", value: "}", ...place, end: start + 1 };
    }
    if (nameStart.test(String.fromCodePoint(text.codePointAt(start) as number))) {
      const name = matchAt(nameForm, text, start) as string;
      return { type: "symbol", value: name, ...place, end: start + name.length };
    }
    if (/[\s()[\]}%*\-+~/,:|.<>=!]/.test(character)) return undefined;
    throw syntaxError(`\`${character}\` is not part of the template language`, { start, end: start + 1 });
  }

  #number(start: number): Token {
    numberForm.lastIndex = start;
    const match = numberForm.exec(this.#text) as RegExpExecArray;
    const written = match[0];
    const end = start + written.length;
    if (/[\p{L}\p{N}_]/u.test(this.#text[end] ?? "")) {
      throw syntaxError(`\`${this.#text.slice(start, end + 1)}\` is not a number`, { start, end: end + 1 });
    }
    const isFloat = match[1] !== undefined || match[2] !== undefined;
    return {
      type: "number",
      value: written,
      number: Number(written.replaceAll("_", "")),
      isFloat,
      lineno: 0,
      colno: 0,
      start,
      end,
    };
  }
}

export function syntaxError(
  message: string,
  place: { readonly start: number; readonly end: number },
  hint?: string,
): TemplateError {
  return new TemplateError(
    { code: "template-syntax", message, ...(hint === undefined ? {} : { hint }) },
    place,
  );
}

function matchAt(form: RegExp, text: string, start: number): string | undefined {
  form.lastIndex = start;
  return form.exec(text)?.[0];
}

const escapes: { readonly [letter: string]: string } = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Python's escapes; one that Python does not know keeps its backslash. */
function unescapeString(written: string): string {
  const inner = written.slice(1, -1);
  if (!inner.includes("\\")) return inner;
  return inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{1,3})|([\s\S]))/g,
    (all, short, four, eight, octal, letter: string) => {
      const hex: string | undefined = short ?? four ?? eight;
      if (hex !== undefined) {
        const code = Number.parseInt(hex, 16);
        return code <= 0x10ffff ? String.fromCodePoint(code) : all;
      }
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return escapes[letter] ?? all;
    },
  );
}
