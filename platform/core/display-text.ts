/** One character of a line on the screen: where it stands in the text, and which columns it takes. */
export interface Cell {
  /** Index of its first UTF-16 code unit. */
  readonly index: number;
  /** Columns counted from 0; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const tabStop = 4;

/**
 * The characters of a line with the columns that they take: tabs reach to the next multiple of four, East Asian
 * wide characters and emoji take two, combining ones none.
 */
export function columnsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let column = 0;
  let index = 0;
  for (const character of line) {
    const text = character === "\t" ? " ".repeat(tabStop - (column % tabStop)) : shown(character);
    const width = text === character ? widthOf(character) : text.length;
    cells.push({ index, start: column, end: column + width, text });
    column += width;
    index += character.length;
  }
  return cells;
}

/** Text without what could move the cursor or reorder the line: such characters are shown as `\u{1b}`. */
export function showText(text: string): string {
  return text.replace(unsafe, (character) => (character === "\n" ? "\n" : escaped(character)));
}

/** Columns that text takes on the screen. */
export function textWidth(text: string): number {
  return columnsOf(text).at(-1)?.end ?? 0;
}

// Controls, marks that change the direction of text, line separators and lone surrogates.
const unsafe = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;
const unsafeOne = new RegExp(`^(?:${unsafe.source})$`, "u");
const withoutWidth = /^(?:\p{Mn}|\p{Me}|\u200b|\u200c|\u200d)$/u;
const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]$/u;

function shown(character: string): string {
  return unsafeOne.test(character) ? escaped(character) : character;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

function widthOf(character: string): number {
  if (character < "\u0300") return 1;
  if (withoutWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
