import type { ClassReference } from "./class-reference.ts";

/** One class for the terminal. */
export function referenceText({ type, description, fields, example }: ClassReference, width: number): string {
  const lines = [type, ...wrapped(description, width, "  ")];
  if (fields.length === 0) lines.push("", "It takes no attributes.");
  else lines.push("", "Attributes:");
  for (const { path, kind, required, default: fallback, description: meaning } of fields) {
    const notes = [
      kind,
      ...(required ? ["required"] : []),
      ...(fallback === undefined ? [] : [`default ${fallback}`]),
    ];
    lines.push(`  ${path}  (${notes.join("; ")})`);
    if (meaning !== undefined) lines.push(...wrapped(meaning, width, "      "));
  }
  if (example !== undefined) {
    lines.push(
      "",
      "Example:",
      ...example
        .trimEnd()
        .split("\n")
        .map((line) => (line === "" ? "" : `  ${line}`)),
    );
  }
  return lines.join("\n");
}

function wrapped(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = "";
    }
    line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, indent + line];
}
