import type { Json } from "../core/metadata.ts";
import type { FieldChange } from "./diff-fields.ts";
import { countChanges, type DefinitionChange, type SnapshotDiff } from "./diff-snapshots.ts";

/** What every form says when nothing changed. */
export const noChanges = "no definition changes";

const signs = { added: "+", removed: "-", changed: "~" } as const;

/** For the terminal: a line for each definition, and below it a line for each field. */
export function renderDiffText(diff: SnapshotDiff): string {
  if (diff.changes.length === 0) return `${noChanges}\n`;
  const lines = diff.changes.flatMap((change) => [
    `${signs[change.change]} ${titleOf(change)}${placeText(change)}`,
    ...change.fields.flatMap(fieldLines),
  ]);
  return `${lines.join("\n")}\n\n${summaryOf(diff)}\n`;
}

/** The record that `dop diff --json` prints. */
export interface DiffJson extends SnapshotDiff {
  readonly schema: "dop.diff/1";
  readonly summary: ReturnType<typeof countChanges>;
}

export function diffJson(diff: SnapshotDiff): DiffJson {
  return { schema: "dop.diff/1", summary: countChanges(diff), ...diff };
}

/** For a pull request: one table row for each definition, the fields of each in a block below. */
export function renderDiffMarkdown(diff: SnapshotDiff): string {
  if (diff.changes.length === 0) return `**Definitions:** ${noChanges}\n`;
  const rows = diff.changes.map(
    (change) =>
      `| ${change.change} | ${kindText(change)} | ${code(change.key)}${renameText(change)} | ${code(change.fields.map(({ field }) => field).join(", "))} | ${placeCell(change)} |`,
  );
  const details = diff.changes
    .filter(({ fields }) => fields.length > 0)
    .map((change) =>
      [`#### ${kindText(change)} ${code(change.key)}`, "", fenced(change.fields.flatMap(diffLines))].join(
        "\n",
      ),
    );
  const table = [
    "| change | kind | definition | fields | place |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
  ];
  return `${[`**Definitions:** ${summaryOf(diff)}`, table.join("\n"), ...details].join("\n\n")}\n`;
}

function summaryOf(diff: SnapshotDiff): string {
  const { added, removed, changed } = countChanges(diff);
  return `${added} added, ${removed} removed, ${changed} changed`;
}

function titleOf(change: DefinitionChange): string {
  const rename =
    change.looksLikeRenameOf === undefined ? "" : ` (looks like ${change.looksLikeRenameOf} renamed)`;
  return `${kindText(change)} ${change.key}${rename}`;
}

function kindText({ kind }: DefinitionChange): string {
  return kind === "io_manager" ? "IO manager" : kind;
}

function renameText({ looksLikeRenameOf }: DefinitionChange): string {
  return looksLikeRenameOf === undefined ? "" : ` (looks like ${code(looksLikeRenameOf)} renamed)`;
}

function placeText({ place }: DefinitionChange): string {
  return place === undefined ? "" : `  ${place.file}:${place.line}`;
}

function placeCell({ place }: DefinitionChange): string {
  if (place === undefined) return "";
  const text = code(`${place.file}:${place.line}`);
  return place.url === undefined ? text : `[${text}](${place.url})`;
}

function fieldLines(change: FieldChange): string[] {
  const [was, is] = piecesOf(change);
  if (was.length <= 1 && is.length <= 1)
    return [`    ${change.field}: ${was[0] ?? "(not set)"} → ${is[0] ?? "(not set)"}`];
  const [removed, added] = sidesOf(change);
  return [
    `    ${change.field}:`,
    ...removed.map((line) => `      - ${line}`),
    ...added.map((line) => `      + ${line}`),
  ];
}

function diffLines(change: FieldChange): string[] {
  const [removed, added] = sidesOf(change);
  return [
    `  ${change.field}:`,
    ...removed.map((line) => `-   ${line}`),
    ...added.map((line) => `+   ${line}`),
  ];
}

/** What is only before and only after: items of lists, entries of mappings, lines of texts and conditions. */
function sidesOf(change: FieldChange): [string[], string[]] {
  const [was, is] = piecesOf(change);
  const [removed, added] = [
    was.filter((line) => !is.includes(line)),
    is.filter((line) => !was.includes(line)),
  ];
  // Only the order differs, or one of two equal lines is gone: then all of it tells more than nothing.
  return removed.length === 0 && added.length === 0 ? [[...was], [...is]] : [removed, added];
}

function piecesOf({ before, after, lines }: FieldChange): [readonly string[], readonly string[]] {
  return lines === undefined ? [pieces(before), pieces(after)] : [lines.before, lines.after];
}

function pieces(value: Json): string[] {
  if (value === null) return [];
  if (typeof value === "string") return value.split("\n");
  if (typeof value !== "object") return [String(value)];
  if (Array.isArray(value))
    return value.map((item: Json) => (typeof item === "string" ? item : JSON.stringify(item)));
  return Object.entries(value).map(
    ([name, item]) => `${name}: ${typeof item === "string" ? item : JSON.stringify(item)}`,
  );
}

/** Inline code that holds whatever the text holds; pipes are escaped for tables. */
function code(text: string): string {
  if (text === "") return "";
  const fence = "`".repeat(longestRun(text) + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${fence}${pad}${text.replaceAll("|", "\\|")}${pad}${fence}`;
}

function fenced(lines: readonly string[]): string {
  const text = lines.join("\n");
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}diff\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
