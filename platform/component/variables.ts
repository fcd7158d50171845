import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { type FileSystem, realFiles } from "./file-system.ts";
import { problemAt } from "./make-problem.ts";

export interface ReadVariables {
  readonly variables: { readonly [name: string]: string | undefined };
  /** Malformed lines of `.env`. */
  readonly problems: readonly Problem[];
}

/** The variables of the process, and below them those of the project's `.env`, which never hide a set one. */
export function readVariables(
  root: string,
  processEnv: { readonly [name: string]: string | undefined },
  files: FileSystem = realFiles,
): ReadVariables {
  const path = join(root, ".env");
  let text: string;
  try {
    if (files.stat(path)?.kind !== "file") return { variables: processEnv, problems: [] };
    text = new TextDecoder().decode(files.readFile(path));
  } catch (error) {
    const message = `.env cannot be read: ${error instanceof Error ? error.message : String(error)}`;
    return { variables: processEnv, problems: [problemAt(spanOf(1, 1), "unreadable-file", message)] };
  }
  const { values, problems } = parseDotEnv(text);
  const set = Object.fromEntries(Object.entries(processEnv).filter(([, value]) => value !== undefined));
  return { variables: { ...values, ...set }, problems };
}

/**
 * `NAME=value` by line: `export ` in front, comments, single quotes (as they are), double quotes (with `\n` and the
 * like, also over several lines). Later lines win over earlier ones.
 */
export function parseDotEnv(text: string): { values: Record<string, string>; problems: Problem[] } {
  const values: Record<string, string> = {};
  const problems: Problem[] = [];
  const lines = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index] as string;
    if (/^\s*(#.*)?$/.test(line)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$/.exec(line);
    if (match === null) {
      const hint = /^\s*(?:export\s+)?\S+\s*$/.test(line) ? "a value follows after `=`" : "write NAME=value";
      problems.push(
        problemAt(
          spanOf(index + 1, line.length + 1),
          "invalid-configuration",
          "this line of .env is not NAME=value",
          { hint },
        ),
      );
      continue;
    }
    const [, name, rest] = match as unknown as [string, string, string];
    const read = readValue(rest, lines, index);
    if (read === undefined) {
      const message = `the quote of ${name}'s value in .env is never closed`;
      problems.push(problemAt(spanOf(index + 1, line.length + 1), "invalid-configuration", message));
      continue;
    }
    values[name] = read.value;
    index = read.lastLine;
  }
  return { values, problems };
}

function readValue(
  rest: string,
  lines: readonly string[],
  index: number,
): { value: string; lastLine: number } | undefined {
  const quote = rest[0];
  if (quote !== '"' && quote !== "'") {
    return { value: rest.replace(/\s+#.*$/, "").trim(), lastLine: index };
  }
  let body = rest.slice(1);
  for (let last = index; ; last++) {
    const end = closingQuote(body, quote);
    if (end !== undefined) {
      const inner = body.slice(0, end);
      return { value: quote === '"' ? unescaped(inner) : inner, lastLine: last };
    }
    const next = lines[last + 1];
    if (next === undefined) return undefined;
    body += `\n${next}`;
  }
}

function closingQuote(text: string, quote: string): number | undefined {
  for (let at = 0; at < text.length; at++) {
    if (quote === '"' && text[at] === "\\") at += 1;
    else if (text[at] === quote) return at;
  }
  return undefined;
}

const escapes: { readonly [letter: string]: string } = { n: "\n", r: "\r", t: "\t" };

function unescaped(text: string): string {
  return text.replace(
    /\\([\s\S])/g,
    (whole, letter: string) => escapes[letter] ?? (/["\\$]/.test(letter) ? letter : whole),
  );
}

function spanOf(line: number, endColumn: number) {
  return { file: ".env", start: { line, column: 1 }, end: { line, column: endColumn } };
}
