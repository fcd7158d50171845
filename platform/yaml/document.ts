// `yaml` turns the text of a file into documents that know the place of every key and value.
import type { Report } from "../core/problem.ts";
import type { Path, Span } from "../core/span.ts";
import { type Composed, compose, isSound } from "./compose.ts";
import { maskTemplates, type Part, splitDocuments } from "./document-parts.ts";
import { LinePlaces } from "./line-places.ts";
import { NodePlaces } from "./node-places.ts";
import {
  endOfLine,
  maskProblem,
  type PlacedPart,
  type Source,
  spanBetween,
  syntaxProblem,
  tooDeep,
  withoutBlanks,
} from "./part-problems.ts";
import { plainValue } from "./plain-value.ts";
import type { UnquotedTemplate } from "./unquoted-template.ts";

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
  /**
   * The deepest node on the path that exists, by its key if it has one, else its first line: where every problem is
   * shown.
   */
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
 * An empty file gives an empty list. A document without content beside others, such as one that a last `---` begins,
 * is reported: it is no component, and most often a slip.
 */
export function parseDocuments(file: string, text: string, report: Report): SourceDocument[] {
  const source: Source = { file, text, lines: new LinePlaces(text) };
  const composed = compose(text);
  if (composed?.every(isSound) === true) {
    const whole: Part = { text, base: 0, masks: [] };
    const count = { documents: 0 };
    return composed.flatMap((document) =>
      readDocument(document, {
        source,
        part: whole,
        report,
        count,
        unreported: new Map(),
        isAlone: composed.length === 1,
      }),
    );
  }
  return parseParts(source, report);
}

interface Reading extends PlacedPart {
  readonly report: Report;
  readonly count: { documents: number };
  /** Masks, by their start, that no document has reported with its path. */
  readonly unreported: Map<number, UnquotedTemplate>;
  /** Whether the file has no other document. */
  readonly isAlone: boolean;
}

/** Parses document by document, so that an unclosed quote ends where its document ends. */
function parseParts(source: Source, report: Report): SourceDocument[] {
  const count = { documents: 0 };
  const parts = splitDocuments(source.text);
  return parts.flatMap((written) => {
    const part = maskTemplates(written);
    const unreported = new Map(part.masks.map((mask) => [mask.start, mask]));
    const reading: Reading = { source, part, report, count, unreported, isAlone: parts.length === 1 };
    const composed = compose(part.text);
    if (composed === undefined) {
      count.documents += 1;
      report(tooDeep(reading));
    }
    const documents = (composed ?? []).flatMap((document) => {
      const problem = document.errors[0] ?? document.warnings[0];
      if (problem === undefined) return readDocument(document, reading);
      count.documents += 1;
      report(syntaxProblem(reading, problem));
      return [];
    });
    for (const mask of unreported.values()) report(maskProblem(reading, mask));
    return documents;
  });
}

function readDocument(document: Composed, reading: Reading): SourceDocument[] {
  const { contents } = document;
  const isEmpty =
    contents === null || (contents.range[0] === contents.range[1] && contents.tag === undefined);
  if (isEmpty && reading.isAlone) return [];
  reading.count.documents += 1;
  if (isEmpty) {
    const start = contents?.range[0] ?? document.range[0];
    reading.report({
      code: "not-a-mapping",
      severity: "error",
      message: `document ${reading.count.documents} is empty`,
      hint: "write a component below the `---`, or remove it",
      span: spanBetween(reading, start, start),
      related: [],
    });
    return [];
  }
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

  constructor(document: Composed, reading: Reading) {
    const { source, part, report, count, unreported } = reading;
    this.file = source.file;
    this.text = source.text;
    this.index = count.documents;
    this.#source = source;
    this.#part = part;
    this.#order = document.range[0];
    this.#places = new NodePlaces(document.contents);
    const start = document.contents?.range[0] ?? 0;
    this.span = this.#span(start, endOfLine(part.text, start));
    let errors = false;
    this.value = plainValue(document.contents, {
      text: part.text,
      maskedAt: (at) => {
        const mask = unreported.get(at);
        unreported.delete(at);
        return mask === undefined ? undefined : maskProblem(reading, mask);
      },
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
    return found === undefined ? undefined : this.#span(found[0], withoutBlanks(this.#part.text, ...found));
  }

  nearestSpan(path: Path): Span {
    const found = path.length === 0 ? undefined : this.#nodes().nearest(path);
    return found === undefined
      ? this.span
      : this.#span(found[0], Math.min(found[1], endOfLine(this.#part.text, found[0])));
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
