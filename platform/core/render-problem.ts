import { columnsOf, showText } from "./display-text.ts";
import type { Problem } from "./problem.ts";
import type { Span } from "./span.ts";

export interface RenderOptions {
  /** Lines of a file, counted from 0, as far as they are known; without them the frame is left out. */
  readonly linesOf?: (file: string) => readonly string[] | undefined;
  /** Wraps parts in terminal colours. */
  readonly color?: boolean;
  /** Columns of a source line that are shown at most, around the caret; 120 unless said otherwise. */
  readonly width?: number;
}

/**
 * A problem as people read it: `path:line:column error[code]: message`, the source with carets, related places
 * and the hint. Control characters and those that reorder text are shown escaped, so no file can forge output.
 */
export function renderProblem(problem: Problem, options: RenderOptions = {}): string {
  const paint = options.color === true ? ansi : plain;
  const level = `${problem.severity}[${problem.code}]`;
  const tint = problem.severity === "error" ? paint.error : paint.warning;
  const lines = [
    `${paint.place(placeText(problem.span))} ${tint(level)}${paint.strong(`: ${showText(problem.message)}`)}`,
    ...sourceFrame(problem.span, { ...options, before: 1, paint: tint, gutter: paint.gutter }),
  ];
  for (const { span, message } of problem.related) {
    lines.push(`${paint.place(placeText(span))} ${showText(message)}`);
    lines.push(...sourceFrame(span, { ...options, before: 0, paint: paint.place, gutter: paint.gutter }));
  }
  if (problem.hint !== undefined) lines.push(`${paint.strong("hint")}: ${showText(problem.hint)}`);
  return lines.join("\n");
}

/** `path:line:column` of where a span starts; terminals and editors make a link of it. */
export function placeText({ file, start }: Span): string {
  return `${showText(file)}:${start.line}:${start.column}`;
}

type Paint = (text: string) => string;

interface Frame extends RenderOptions {
  /** Lines shown above. */
  readonly before: number;
  readonly paint: Paint;
  readonly gutter: Paint;
}

/** The lines around a span, with carets below its first line; nothing where the file's text is not known. */
function sourceFrame({ file, start, end }: Span, frame: Frame): string[] {
  const lines = frame.linesOf?.(file);
  const line = lines?.[start.line - 1];
  if (lines === undefined || line === undefined) return [];
  const { from, to } = markedOf(line, { file, start, end });
  const cut = cutAround(line, { from, to: Math.max(to, from) }, frame.width ?? 120);
  const gutterWidth = String(start.line).length;
  const row = (label: string, text: string): string =>
    `${frame.gutter(`${label.padStart(gutterWidth)} |`)}${text === "" ? "" : ` ${text}`}`;
  const shown: string[] = [];
  for (let number = Math.max(1, start.line - frame.before); number < start.line; number++) {
    const above = lines[number - 1] as string;
    // A document marker or blank line says nothing about what follows it.
    if (above.trim() === "" || above.startsWith("---")) continue;
    shown.push(row(String(number), cutAt(above, frame.width ?? 120)));
  }
  shown.push(row(String(start.line), cut.text));
  shown.push(row("", `${" ".repeat(cut.caret)}${frame.paint("^".repeat(cut.length))}`));
  return shown;
}

/** Which characters of the span's first line are marked, counted from 0; `to` is exclusive. */
function markedOf(line: string, { start, end }: Span): { from: number; to: number } {
  const from = Math.min(start.column - 1, line.length);
  // A span over several lines is marked to the end of its first.
  const to = end.line > start.line ? line.length : Math.min(end.column - 1, line.length);
  const text = line.length - line.trimStart().length;
  // Where only the line is known, all that is written on it is marked.
  if (start.column === 1 && to <= from && text > 0) return { from: text, to: line.trimEnd().length };
  return { from, to };
}

interface CutLine {
  readonly text: string;
  /** Columns on the screen before the first caret. */
  readonly caret: number;
  readonly length: number;
}

/** A line as it is shown, at most `width` columns of it, so that the stretch from `from` to `to` is in view. */
function cutAround(line: string, { from, to }: { from: number; to: number }, width: number): CutLine {
  // Of a line of megabytes only what surrounds the stretch is measured.
  const begin = Math.max(0, from - 4 * width);
  const stop = Math.min(line.length, from + 4 * width);
  const cells = columnsOf(line.slice(begin, stop));
  const columnAt = (index: number): number => cells.findLast((cell) => cell.index <= index)?.end ?? 0;
  const startColumn = cells.find((cell) => cell.index >= from - begin)?.start ?? columnAt(from - begin);
  const endColumn = Math.max(startColumn + 1, cells.findLast((cell) => cell.index < to - begin)?.end ?? 0);
  const total = cells.at(-1)?.end ?? 0;
  const isWhole = begin === 0 && stop === line.length && total <= width;
  // A third of the width is kept before the caret, for context.
  const isNear = begin === 0 && startColumn + Math.min(endColumn - startColumn, width / 2) <= width - 1;
  const first = isWhole || isNear ? 0 : startColumn - Math.floor(width / 3);
  const room = isWhole ? width : width - 2;
  const visible = cells.filter(({ start, end }) => start >= first && end <= first + room);
  const lead = begin === 0 && (visible[0]?.start ?? 0) === 0 ? "" : "…";
  const shift = (visible[0]?.start ?? 0) - lead.length;
  const last = visible.at(-1)?.end ?? total;
  return {
    text: `${lead}${visible.map(({ text }) => text).join("")}${last < total || stop < line.length ? "…" : ""}`,
    caret: startColumn - shift,
    length: Math.max(1, Math.min(endColumn, Math.max(last, startColumn + 1)) - startColumn),
  };
}

function cutAt(line: string, width: number): string {
  return cutAround(line, { from: 0, to: 1 }, width).text;
}

interface Palette {
  readonly error: Paint;
  readonly warning: Paint;
  readonly place: Paint;
  readonly strong: Paint;
  readonly gutter: Paint;
}

const same: Paint = (text) => text;
const plain: Palette = { error: same, warning: same, place: same, strong: same, gutter: same };

const sequence =
  (open: number, close: number): Paint =>
  (text) =>
    `\u001b[${open}m${text}\u001b[${close}m`;
const ansi: Palette = {
  error: sequence(31, 39),
  warning: sequence(33, 39),
  place: sequence(36, 39),
  strong: sequence(1, 22),
  gutter: sequence(2, 22),
};
