import { readFileSync } from "node:fs";

/** The page of one problem code in `platform/docs/problems.md`. */
export interface ProblemPage {
  readonly code: string;
  /** Its first sentence. */
  readonly summary: string;
  /** Without the heading. */
  readonly markdown: string;
  /** The same for terminals: fences become indented lines. */
  readonly text: string;
}

/** All pages, in the order of the file. */
export function readProblemPages(): Map<string, ProblemPage> {
  return parseProblemPages(readFileSync(new URL("../docs/problems.md", import.meta.url), "utf8"));
}

/** A page starts at a heading `## code` and ends at the next heading of that level or above. */
export function parseProblemPages(markdown: string): Map<string, ProblemPage> {
  const pages = new Map<string, ProblemPage>();
  for (const [, code, body] of markdown.matchAll(/^## ([a-z0-9-]+)\n([\s\S]*?)(?=^##? |(?![\s\S]))/gm)) {
    const page = (body as string).trim();
    const [paragraph] = page.split("\n\n");
    const summary = /^[\s\S]*?[.](?=\s|$)/.exec(paragraph as string)?.[0] ?? (paragraph as string);
    pages.set(code as string, {
      code: code as string,
      summary: summary.replaceAll("\n", " "),
      markdown: page,
      text: withoutFences(page),
    });
  }
  return pages;
}

function withoutFences(markdown: string): string {
  let inside = false;
  const lines: string[] = [];
  for (const line of markdown.split("\n")) {
    if (line.startsWith("```")) inside = !inside;
    else lines.push(inside && line !== "" ? `    ${line}` : line);
  }
  return lines.join("\n");
}
