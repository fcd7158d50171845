import type { Problem } from "../../core/problem.ts";

/**
 * Problems as workflow commands of GitHub Actions, which show them beside the changed lines. `prefix` is the
 * project's folder below the repository, with `/` at the end, or empty.
 */
export function githubAnnotations(problems: readonly Problem[], prefix: string): string[] {
  return problems.map((problem) => {
    const { file, start, end } = problem.span;
    const properties = {
      file: `${prefix}${file}`,
      line: start.line,
      col: start.column,
      ...(end.line === start.line && end.column > start.column ? { endColumn: end.column - 1 } : {}),
      title: problem.code,
    };
    const fields = Object.entries(properties).map(
      ([name, value]) => `${name}=${escapedProperty(String(value))}`,
    );
    const related = problem.related.map(
      (place) => `${place.span.file}:${place.span.start.line} ${place.message}`,
    );
    const message = [
      problem.message,
      ...related,
      ...(problem.hint === undefined ? [] : [`hint: ${problem.hint}`]),
    ];
    return `::${problem.severity} ${fields.join(",")}::${escapedData(message.join("\n"))}`;
  });
}

function escapedData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapedProperty(text: string): string {
  return escapedData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
