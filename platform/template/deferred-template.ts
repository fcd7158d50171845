import type { Place, Span } from "../core/span.ts";
import { evaluateTemplate } from "./evaluate-template.ts";
import { hasTemplate, parseTemplate } from "./parse-template.ts";
import type { Scope } from "./scope.ts";
import type { TemplateError } from "./template-error.ts";

/**
 * A text that is evaluated later, once for every outside object, such as the fields of a `translation`.
 *
 * Plain data that JSON can hold, so it can be kept and its errors still point into the file.
 */
export interface Template {
  readonly [templateKey]: 1;
  readonly text: string;
  /** Dotted path inside its document. */
  readonly path: string;
  /** The whole value as written. */
  readonly span: Span;
  /**
   * Where stretches of `text` stand: from the offset `at` on, the text runs from `place` without a break, until
   * the next stretch. Empty where the text can't be traced exactly; problems then stand at the start of `span`.
   */
  readonly stretches: readonly TextStretch[];
}

export interface TextStretch {
  readonly at: number;
  readonly place: Place;
}

// A string, not a symbol: it must survive JSON.
export const templateKey = "dop.template";

/** Gives the span of characters of a text, such as `SourceDocument.textSpan` bound to a path. */
export type TextLocator = (start: number, end: number) => Span | undefined;

export function deferTemplate(
  text: string,
  place: { path: string; span: Span; locate?: TextLocator },
): Template {
  const stretches = hasTemplate(text) && place.locate !== undefined ? stretchesOf(text, place.locate) : [];
  return { [templateKey]: 1, text, path: place.path, span: place.span, stretches };
}

export function isTemplate(value: unknown): value is Template {
  return typeof value === "object" && value !== null && Object.hasOwn(value, templateKey);
}

/** The value of a deferred text; a text without templates is its own value. Throws TemplateError. */
export function evaluateDeferred({ text }: Template, scope: Scope): unknown {
  return hasTemplate(text) ? evaluateTemplate(parseTemplate(text), scope) : text;
}

/** The characters that an error of this template is about, or the start of its value. */
export function locateError(template: Template, error: TemplateError): Span {
  return locateText(template, error.start, error.end);
}

export function locateText({ span, stretches }: Template, start: number, end: number): Span {
  const first = placeOf(stretches, start);
  if (first === undefined) return { ...span, end: span.start };
  const last = placeOf(stretches, Math.max(start, end - 1)) ?? first;
  return { file: span.file, start: first, end: { line: last.line, column: last.column + 1 } };
}

function placeOf(stretches: readonly TextStretch[], offset: number): Place | undefined {
  const stretch = stretches.findLast(({ at }) => at <= offset);
  if (stretch === undefined) return undefined;
  return { line: stretch.place.line, column: stretch.place.column + offset - stretch.at };
}

function stretchesOf(text: string, locate: TextLocator): TextStretch[] {
  const stretches: TextStretch[] = [];
  for (let at = 0; at < text.length; at++) {
    const place = locate(at, at + 1)?.start;
    if (place === undefined) return [];
    const expected = placeOf(stretches, at);
    if (expected?.line !== place.line || expected.column !== place.column) stretches.push({ at, place });
  }
  return stretches;
}
