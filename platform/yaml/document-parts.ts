import { compose } from "./compose.ts";
import { NodePlaces } from "./node-places.ts";
import { findUnquotedTemplates, type UnquotedTemplate } from "./unquoted-template.ts";

/** A stretch of a file that is parsed by itself; `base` is where it starts in the file. */
export interface Part {
  readonly text: string;
  readonly base: number;
  /** Unquoted templates that are covered by letters in `text`. */
  readonly masks: readonly UnquotedTemplate[];
}

/** A `---` at the start of a line always starts a document, even inside quotes and block scalars. */
export function splitDocuments(text: string): Part[] {
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
export function maskTemplates(part: Part): Part {
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
