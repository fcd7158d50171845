import type { ClassReference, FieldReference } from "./class-reference.ts";

/** One class as Markdown. Descriptions are Markdown already: they mark what is typed with backticks. */
export function referenceMarkdown({ type, description, fields, example }: ClassReference): string {
  const parts = [`## ${type}`, ...(description === "" ? [] : [description])];
  if (fields.length > 0) parts.push(`### Attributes\n\n${fields.map(fieldLine).join("\n")}`);
  else parts.push("It takes no attributes.");
  if (example !== undefined) parts.push(`### Example\n\n${fenced(example)}`);
  return `${parts.join("\n\n")}\n`;
}

function fieldLine({ path, kind, required, default: fallback, description }: FieldReference): string {
  const notes = [
    kind.replaceAll("<", "&lt;"),
    ...(required ? ["required"] : []),
    ...(fallback === undefined ? [] : [`default ${codeSpan(fallback)}`]),
  ];
  return `- ${codeSpan(path)} (${notes.join("; ")})${description === undefined ? "" : `: ${description.replace(/\s*\n\s*/g, " ")}`}`;
}

/** Text as a code span, also when it holds backticks. */
function codeSpan(text: string): string {
  const ticks = "`".repeat(longestRun(text) + 1);
  const pad = text.startsWith("`") || text.endsWith("`") ? " " : "";
  return `${ticks}${pad}${text}${pad}${ticks}`;
}

function fenced(text: string): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}yaml\n${text}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
