import type { Scalar } from "yaml";

/**
 * Where each character of a scalar's value stands: offsets into `source`, one for every UTF-16 unit.
 *
 * Undefined where reading the source again does not give the value, so no place is ever a guess.
 */
export function scalarPlaces(source: string, node: Scalar): Int32Array | undefined {
  const { value, range, type } = node;
  if (range === undefined || range === null || typeof value !== "string") return undefined;
  const [start, end] = range;
  const reading = new Reading(source);
  if (type === "BLOCK_LITERAL" || type === "BLOCK_FOLDED") {
    readBlock(reading, { start, end, value, folded: type === "BLOCK_FOLDED" });
  } else if (type === "QUOTE_DOUBLE") readFlow(reading, { start: start + 1, end: end - 1, quote: '"' });
  else if (type === "QUOTE_SINGLE") readFlow(reading, { start: start + 1, end: end - 1, quote: "'" });
  else readFlow(reading, { start, end, quote: "" });
  return reading.placesOf(value);
}

class Reading {
  readonly source: string;
  text = "";
  readonly offsets: number[] = [];

  constructor(source: string) {
    this.source = source;
  }

  push(characters: string, offset: number): void {
    this.text += characters;
    for (let index = 0; index < characters.length; index++) this.offsets.push(offset);
  }

  copy(start: number, end: number): void {
    this.text += this.source.slice(start, end);
    for (let offset = start; offset < end; offset++) this.offsets.push(offset);
  }

  cut(length: number): void {
    this.text = this.text.slice(0, length);
    this.offsets.length = length;
  }

  placesOf(value: string): Int32Array | undefined {
    return this.text.startsWith(value) ? Int32Array.from(this.offsets.slice(0, value.length)) : undefined;
  }
}

function readFlow(
  reading: Reading,
  { start, end, quote }: { start: number; end: number; quote: string },
): void {
  const { source } = reading;
  // Blanks before a line break are dropped, but never those that an escape produced.
  let kept = 0;
  let at = start;
  while (at < end) {
    const character = source[at] as string;
    if (character === "\n" || (character === "\r" && source[at + 1] === "\n")) {
      at = foldBreak(reading, { at, end, kept });
    } else if (character === "'" && quote === "'") {
      reading.push("'", at);
      at += 2;
    } else if (character === "\\" && quote === '"') {
      at = readEscape(reading, at, end);
      kept = reading.text.length;
    } else {
      reading.push(character, at);
      at += 1;
    }
  }
}

function foldBreak(reading: Reading, { at, end, kept }: { at: number; end: number; kept: number }): number {
  const { source } = reading;
  let length = reading.text.length;
  while (length > kept && isBlank(reading.text[length - 1])) length -= 1;
  reading.cut(length);
  let breaks = 0;
  let next = at;
  while (next < end && (isBlank(source[next]) || source[next] === "\n" || source[next] === "\r")) {
    if (source[next] === "\n") breaks += 1;
    next += 1;
  }
  reading.push(breaks === 1 ? " " : "\n".repeat(breaks - 1), at);
  return next;
}

const escapes: { readonly [letter: string]: string } = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "/": "/",
  "\\": "\\",
  N: "\x85",
  _: "\xa0",
  L: "\u2028",
  P: "\u2029",
};

const escapeLengths: { readonly [letter: string]: number } = { x: 2, u: 4, U: 8 };

function readEscape(reading: Reading, at: number, end: number): number {
  const { source } = reading;
  const letter = source[at + 1] ?? "";
  const digits = escapeLengths[letter];
  if (digits !== undefined) {
    const code = Number.parseInt(source.slice(at + 2, at + 2 + digits), 16);
    if (code <= 0x10ffff) reading.push(String.fromCodePoint(code), at);
    return at + 2 + digits;
  }
  if (letter === "\n" || letter === "\r") {
    let next = at + 1;
    while (next < end && (isBlank(source[next]) || source[next] === "\n" || source[next] === "\r")) next += 1;
    return next;
  }
  reading.push(escapes[letter] ?? letter, at);
  return at + 2;
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly value: string;
  readonly folded: boolean;
}

interface Line {
  readonly start: number;
  readonly end: number;
}

function readBlock(reading: Reading, { start, end, value, folded }: Block): void {
  const { source } = reading;
  const lines = linesBetween(source, source.indexOf("\n", start) + 1, end);
  const indent = blockIndent(source, lines, value);
  if (!folded) {
    for (const line of lines) {
      reading.copy(Math.min(line.start + indent, line.end), line.end);
      reading.push("\n", line.end);
    }
    return;
  }
  let breaks = 0;
  let previous: "none" | "text" | "indented" = "none";
  let lastEnd = start;
  for (const line of lines) {
    const from = Math.min(line.start + indent, line.end);
    if (from === line.end) {
      breaks += 1;
      continue;
    }
    const kind = isBlank(source[from]) ? "indented" : "text";
    const joined = previous === "text" && kind === "text";
    const separator = joined && breaks === 1 ? " " : "\n".repeat(joined ? breaks - 1 : breaks);
    reading.push(separator, lastEnd);
    reading.copy(from, line.end);
    previous = kind;
    lastEnd = line.end;
    breaks = 1;
  }
  reading.push("\n".repeat(breaks), lastEnd);
}

function linesBetween(source: string, start: number, end: number): Line[] {
  const lines: Line[] = [];
  let at = start;
  while (at < end) {
    const found = source.indexOf("\n", at);
    const stop = found === -1 || found > end ? end : found;
    lines.push({ start: at, end: stop > at && source[stop - 1] === "\r" ? stop - 1 : stop });
    at = stop + 1;
  }
  return lines;
}

/** The blanks that belong to the block and not to its value. */
function blockIndent(source: string, lines: readonly Line[], value: string): number {
  const first = lines.find((line) => source.slice(line.start, line.end).trim() !== "");
  if (first === undefined) return 0;
  const written = leadingBlanks(source.slice(first.start, first.end));
  const firstOfValue = value.split("\n").find((line) => line.trim() !== "") ?? "";
  return written - leadingBlanks(firstOfValue);
}

function leadingBlanks(line: string): number {
  let count = 0;
  while (line[count] === " ") count += 1;
  return count;
}

function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}
