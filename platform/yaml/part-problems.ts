import type { Problem } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import type { Part } from "./document-parts.ts";
import type { LinePlaces } from "./line-places.ts";
import { deepestLevel } from "./plain-value.ts";
import { type UnquotedTemplate, unquotedTemplateProblem } from "./unquoted-template.ts";

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LinePlaces;
}

/** A part and the file that it is in. */
export interface PlacedPart {
  readonly source: Source;
  readonly part: Part;
}

export function spanBetween({ source, part }: PlacedPart, start: number, end: number): Span {
  const { file, lines } = source;
  return {
    file,
    start: lines.placeAt(part.base + start),
    end: lines.placeAt(part.base + Math.max(start, end)),
  };
}

export function maskProblem(reading: PlacedPart, { start, end }: UnquotedTemplate): Problem {
  const { source, part } = reading;
  return unquotedTemplateProblem(
    source.text.slice(part.base + start, part.base + end),
    spanBetween(reading, start, end),
  );
}

/** A block collection's range ends where the next key starts. */
export function withoutBlanks(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

export function endOfLine(text: string, start: number): number {
  const newline = text.indexOf("\n", start);
  const line = text.slice(start, newline === -1 ? text.length : newline);
  return start + line.trimEnd().length;
}

export function syntaxProblem(
  reading: PlacedPart,
  error: { message: string; pos: readonly [number, number]; code: string },
): Problem {
  const { text } = reading.part;
  const start = Math.min(error.pos[0], Math.max(0, text.trimEnd().length - 1));
  const end = Math.min(Math.max(error.pos[1], start + 1), Math.max(endOfLine(text, start), start + 1));
  const reserved = error.message.includes("reserved character");
  const tag = error.code === "TAG_RESOLVE_FAILED";
  return {
    code: "invalid-yaml",
    severity: "error",
    message: `Unable to parse YAML: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1)}`,
    span: spanBetween(reading, start, end),
    ...(reserved ? { hint: "put the value in quotes" } : tag ? { hint: "leave the tag out" } : {}),
    related: [],
  };
}

export function tooDeep(reading: PlacedPart): Problem {
  const { text } = reading.part;
  let depth = 0;
  let at = 0;
  for (; at < text.length && depth <= deepestLevel; at++) {
    const character = text[at];
    if (character === "[" || character === "{") depth += 1;
    else if (character === "]" || character === "}") depth -= 1;
  }
  const start = at === text.length ? 0 : at - 1;
  return {
    code: "too-deep",
    severity: "error",
    message: `lists and mappings are nested more than ${deepestLevel} levels deep`,
    span: spanBetween(reading, start, start + 1),
    related: [],
  };
}
