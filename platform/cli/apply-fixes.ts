import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeWhole } from "../component/write-whole.ts";
import type { Edit, Problem } from "../core/problem.ts";
import type { Place } from "../core/span.ts";

/**
 * Applies the fixes of problems to the files below `root`; gives those that were applied.
 *
 * A fix is applied wholly or not at all. Of two that touch the same place the first is, so that the next check can
 * judge what became of the other. A file is replaced at once or stays as it was.
 */
export function applyFixes(root: string, problems: readonly Problem[]): Problem[] {
  const texts = new Map<string, string>();
  const textOf = (file: string): string => {
    const text = texts.get(file) ?? readFileSync(join(root, file), "utf8");
    texts.set(file, text);
    return text;
  };
  const accepted = new Map<string, Replacement[]>();
  const applied: Problem[] = [];
  for (const problem of problems) {
    const edits = (problem.fix ?? []).map((edit) => ({
      edit,
      at: replacementOf(textOf(edit.span.file), edit),
    }));
    const fits = edits.every(
      ({ edit, at }) => at !== undefined && !collides(at, accepted.get(edit.span.file) ?? []),
    );
    if (edits.length === 0 || !fits) continue;
    for (const { edit, at } of edits) {
      accepted.set(edit.span.file, [...(accepted.get(edit.span.file) ?? []), at as Replacement]);
    }
    applied.push(problem);
  }
  for (const [file, replacements] of accepted) {
    writeWhole(join(root, file), replaced(texts.get(file) as string, replacements));
  }
  return applied;
}

/** Offsets into the file's text; `end` is exclusive. */
interface Replacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

function replacementOf(text: string, { span, text: inserted }: Edit): Replacement | undefined {
  const start = offsetOf(text, span.start);
  const end = offsetOf(text, span.end);
  if (start === undefined || end === undefined || end < start) return undefined;
  return { start, end, text: inserted };
}

/** `undefined` where the text has no such place, because the file has changed since it was read. */
function offsetOf(text: string, { line, column }: Place): number | undefined {
  let start = 0;
  for (let number = 1; number < line; number++) {
    const end = text.indexOf("\n", start);
    if (end === -1) return undefined;
    start = end + 1;
  }
  const end = text.indexOf("\n", start);
  const offset = start + column - 1;
  return offset <= (end === -1 ? text.length : end) ? offset : undefined;
}

function collides(one: Replacement, others: readonly Replacement[]): boolean {
  return others.some((other) => one.start <= other.end && other.start <= one.end);
}

function replaced(text: string, replacements: readonly Replacement[]): string {
  let result = text;
  // From the bottom up, so that the offsets above stay true.
  for (const { start, end, text: inserted } of replacements.toSorted((a, b) => b.start - a.start)) {
    result = result.slice(0, start) + inserted + result.slice(end);
  }
  return result;
}
