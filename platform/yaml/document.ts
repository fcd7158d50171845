// `yaml` turns the text of a file into documents that know the place of every key and value.
import { type Document, parseAllDocuments, Schema } from "yaml";
import type { Problem, Report } from "../core/problem.ts";
import type { Path, Span } from "../core/span.ts";
import { LinePlaces } from "./line-places.ts";
import { NodePlaces } from "./node-places.ts";
import { deepestLevel, plainValue } from "./plain-value.ts";
import { findUnquotedTemplates, type UnquotedTemplate, unquotedTemplateProblem } from "./unquoted-template.ts";

/** One document of a file: its data, and on demand the places of what is written in it. */
export interface SourceDocument {
  readonly file: string;
  /** Counted from 1 within its file; broken documents count, empty ones do not. */
  readonly index: number;
  /** The text of the whole file. */
  readonly text: string;
  /** Null-prototype objects, arrays, scalars; `unusableValue` where a problem is reported already. */
  readonly value: unknown;
  /** Its first line with content. */
  readonly span: Span;
  /** Whether an error, not only a warning, was reported inside it. */
  readonly hasErrors: boolean;
  keySpan(path: Path): Span | undefined;
  valueSpan(path: Path): Span | undefined;
  /** The deepest node on the path that exists, by its key if it has one: where every problem is shown. */
  nearestSpan(path: Path): Span;
  /**
   * The place of the characters from `start` to `end` (exclusive) of the text at `path`.
   *
   * Undefined where the text can't be traced exactly to the file; show `valueSpan` then.
   */
  textSpan(path: Path, start: number, end: number): Span | undefined;
  /** Drops the syntax tree; a place that is asked for later costs parsing this document again. */
  release(): void;
}

/**
 * The documents of a file. Problems are reported; a broken document is left out and does not hide the next one.
 *
 * A document without content gives nothing, so an empty file gives an empty list.
 */
export function parseDocuments(file: string, text: string, report: Report): SourceDocument[] {
  const source: Source = { file, text, lines: new LinePlaces(text) };
  const composed = compose(text);
  if (composed?.every(isSound) === true) {
    const whole: Part = { text, base: 0, masks: [] };
    const count = { documents: 0 };
    return composed.flatMap((document) => readDocument(document, { source, part: whole, report, count }));
  }
  return parseParts(source, report);
}

interface Source {
  readonly file: string;
  readonly text: string;
  readonly lines: LinePlaces;
}

/** A stretch of a file that is parsed by itself; `base` is where it starts in the file. */
interface Part {
  readonly text: string;
  readonly base: number;
  /** Unquoted templates that are covered by letters in `text`. */
  readonly masks: readonly UnquotedTemplate[];
}

interface Reading {
  readonly source: Source;
  readonly part: Part;
  readonly report: Report;
  readonly count: { documents: number };
}

// Made once: by default every document makes its own. Keys are compared while the data is built, in one pass.
const options = { uniqueKeys: false, prettyErrors: false, logLevel: "silent", schema: new Schema({ schema: "core" }) } as const;

/** Undefined where the text is nested so deeply that the parser's stack overflows. */
function compose(text: string): Document.Parsed[] | undefined {
  try {
    return parseAllDocuments(text, options) as Document.Parsed[];
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function isSound(document: Document.Parsed): boolean {
  return document.errors.length === 0 && document.warnings.length === 0;
}

/** Parses document by document, so that an unclosed quote ends where its document ends. */
function parseParts(source: Source, report: Report): SourceDocument[] {
  const count = { documents: 0 };
  return splitDocuments(source.text).flatMap((written) => {
    const part = maskTemplates(written);
    const reading: Reading = { source, part, report, count };
    for (const mask of part.masks) {
      const text = source.text.slice(part.base + mask.start, part.base + mask.end);
      report(unquotedTemplateProblem(text, spanBetween(reading, mask.start, mask.end)));
    }
    const composed = compose(part.text);
    if (composed === undefined) {
      count.documents += 1;
      report(tooDeep(reading));
      return [];
    }
    return composed.flatMap((document) => {
      const problem = document.errors[0] ?? document.warnings[0];
      if (problem === undefined) return readDocument(document, reading);
      count.documents += 1;
      report(syntaxProblem(reading, problem));
      return [];
    });
  });
}

/** A `---` at the start of a line always starts a document, even inside quotes and block scalars. */
function splitDocuments(text: string): Part[] {
  const starts = [0, ...Array.from(text.matchAll(/^---(?=\s|$)/gm), (match) => match.index)];
  const parts: Part[] = [];
  let pending: number | undefined;
  starts.forEach((start, index) => {
    const from = pending ?? start;
    const written = text.slice(from, starts[index + 1] ?? text.length);
    // Directives and comments in front of `---` belong to what follows.
    const prelude = index < starts.length - 1 && /^(?:[ \t]*(?:[%#].*)?\r?\n)*$/.test(written);
    pending = prelude ? from : undefined;
    if (!prelude) parts.push({ text: written, base: from, masks: [] });
  });
  return parts;
}

/**
 * Covers unquoted templates by letters of the same length, so that the rest of the document can be read.
 *
 * A candidate counts only where a plain value starts in the covered text: inside quotes and block scalars `{{`
 * is just text.
 */
function maskTemplates(part: Part): Part {
  const candidates = findUnquotedTemplates(part.text);
  if (candidates.length === 0) return part;
  const starts = new Set(plainStarts(cover(part.text, candidates)));
  const masks = candidates.filter((candidate) => starts.has(candidate.start));
  return { ...part, text: cover(part.text, masks), masks };
}

function cover(text: string, templates: readonly UnquotedTemplate[]): string {
  let covered = "";
  let at = 0;
  for (const { start, end } of templates) {
    covered += text.slice(at, start) + "x".repeat(end - start);
    at = end;
  }
  return covered + text.slice(at);
}

function plainStarts(text: string): number[] {
  const starts: number[] = [];
  for (const document of compose(text) ?? []) {
    new NodePlaces(document.contents).eachPlain((start) => starts.push(start));
  }
  return starts;
}

function readDocument(document: Document.Parsed, reading: Reading): SourceDocument[] {
  const { contents } = document;
  if (contents === null || (contents.range[0] === contents.range[1] && contents.tag === undefined)) return [];
  reading.count.documents += 1;
  return [new YamlDocument(document, reading)];
}

class YamlDocument implements SourceDocument {
  readonly file: string;
  readonly index: number;
  readonly text: string;
  readonly value: unknown;
  readonly span: Span;
  readonly hasErrors: boolean;
  readonly #source: Source;
  readonly #part: Part;
  readonly #order: number;
  #places: NodePlaces | undefined;

  constructor(document: Document.Parsed, { source, part, report, count }: Reading) {
    this.file = source.file;
    this.text = source.text;
    this.index = count.documents;
    this.#source = source;
    this.#part = part;
    this.#order = document.range[0];
    this.#places = new NodePlaces(document.contents);
    const start = document.contents?.range[0] ?? 0;
    this.span = this.#span(start, endOfLine(part.text, start));
    let errors = part.masks.some(({ start: at }) => at >= document.range[0] && at < document.range[2]);
    this.value = plainValue(document.contents, {
      text: part.text,
      masked: new Set(part.masks.map((mask) => mask.start)),
      spanBetween: (from, to) => this.#span(from, to),
      report: (problem) => {
        if (problem.severity === "error") errors = true;
        report(problem);
      },
    });
    this.hasErrors = errors;
  }

  keySpan(path: Path): Span | undefined {
    const found = this.#nodes().find(path)?.key;
    return found === undefined ? undefined : this.#span(...found);
  }

  valueSpan(path: Path): Span | undefined {
    const found = this.#nodes().find(path)?.value;
    return found === undefined ? undefined : this.#span(...found);
  }

  nearestSpan(path: Path): Span {
    const found = path.length === 0 ? undefined : this.#nodes().nearest(path);
    return found === undefined ? this.span : this.#span(...found);
  }

  textSpan(path: Path, start: number, end: number): Span | undefined {
    const places = this.#nodes().characters(path, this.#part.text);
    if (places === undefined || start >= places.length) return undefined;
    const last = Math.max(start, Math.min(end, places.length) - 1);
    return this.#span(places[start] as number, (places[last] as number) + 1);
  }

  release(): void {
    this.#places = undefined;
  }

  #nodes(): NodePlaces {
    if (this.#places === undefined) {
      const documents = compose(this.#part.text) ?? [];
      const own = documents.find((document) => document.range[0] === this.#order);
      this.#places = new NodePlaces(own?.contents ?? null);
    }
    return this.#places;
  }

  #span(start: number, end: number): Span {
    return spanBetween({ source: this.#source, part: this.#part }, start, end);
  }
}

function spanBetween({ source, part }: Pick<Reading, "source" | "part">, start: number, end: number): Span {
  const { file, lines } = source;
  return { file, start: lines.placeAt(part.base + start), end: lines.placeAt(part.base + Math.max(start, end)) };
}

function endOfLine(text: string, start: number): number {
  const newline = text.indexOf("\n", start);
  const line = text.slice(start, newline === -1 ? text.length : newline);
  return start + line.trimEnd().length;
}

function syntaxProblem(reading: Reading, error: { message: string; pos: readonly [number, number]; code: string }): Problem {
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

function tooDeep(reading: Reading): Problem {
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
