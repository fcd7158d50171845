/** Why a text is no selection. */
export interface SelectionFault {
  readonly reason: string;
  readonly hint?: string;
  /** Counted from 1 in the text. */
  readonly column: number;
}

/** Thrown inside the parser and caught where it is called. */
export class ParseFault {
  readonly fault: SelectionFault;

  constructor(fault: SelectionFault) {
    this.fault = fault;
  }
}

export interface Token {
  readonly type: "word" | "quoted" | "plus" | "open" | "close" | "colon" | "equals" | "end";
  readonly text: string;
  readonly column: number;
  /** Whether a blank stands before it. */
  readonly apart: boolean;
}

const marks: { readonly [letter: string]: Token["type"] } = {
  "+": "plus",
  "(": "open",
  ")": "close",
  ":": "colon",
  "=": "equals",
};

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let apart = false;
  for (let at = 0; at < text.length; ) {
    const letter = text[at] as string;
    if (/\s/.test(letter)) {
      apart = true;
      at++;
      continue;
    }
    const column = at + 1;
    const mark = marks[letter];
    if (mark !== undefined) {
      tokens.push({ type: mark, text: letter, column, apart });
      at++;
    } else if (letter === '"' || letter === "'") {
      const quoted = quotedAt(text, at);
      tokens.push({ type: "quoted", text: quoted.text, column, apart });
      at = quoted.end;
    } else {
      const word = /^[^\s+():="',]+/.exec(text.slice(at, at + 4096))?.[0];
      if (word === undefined) {
        throw new ParseFault({
          reason: `\`${letter}\` has no place in a selection`,
          hint: "put `or` between keys, and quotes round a key with such a character",
          column,
        });
      }
      tokens.push({ type: "word", text: word, column, apart });
      at += word.length;
    }
    apart = false;
  }
  tokens.push({ type: "end", text: "", column: text.length + 1, apart });
  return tokens;
}

function quotedAt(text: string, at: number): { text: string; end: number } {
  const quote = text[at] as string;
  let content = "";
  for (let index = at + 1; index < text.length; index++) {
    const letter = text[index] as string;
    if (letter === quote) return { text: content, end: index + 1 };
    if (letter === "\\" && index + 1 < text.length) index++;
    content += text[index] as string;
  }
  throw new ParseFault({ reason: "a quote is not closed", column: at + 1 });
}
