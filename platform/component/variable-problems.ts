import type { VariableRule } from "../core/environment.ts";
import type { Edit, Problem } from "../core/problem.ts";
import type { SourceDocument } from "../yaml/document.ts";
import type { ComponentDeclaration } from "./declaration.ts";
import { problemAt } from "./make-problem.ts";
import type { VariableRead } from "./variable-reads.ts";

export interface VariableProblemOptions {
  readonly rules: { readonly [name: string]: VariableRule };
  /** One error for the document instead of a warning for each variable. */
  readonly validateRequirements: boolean;
}

/** Variables that templates read and nobody declares, in package.json or in the document. */
export function variableProblems(
  document: SourceDocument,
  declaration: ComponentDeclaration,
  reads: readonly VariableRead[],
  { rules, validateRequirements }: VariableProblemOptions,
): Problem[] {
  const declared = new Set([...Object.keys(rules), ...declaration.requirements]);
  const first = new Map<string, VariableRead>();
  for (const read of reads) {
    if (read.span !== undefined && !declared.has(read.name) && !first.has(read.name))
      first.set(read.name, read);
  }
  if (first.size === 0) return [];
  const names = [...first.keys()].sort();
  if (validateRequirements) {
    const message = `this component uses environment variables that it does not list: ${names.join(", ")}`;
    const hint = "list them under `requirements.env`";
    return [problemAt(document.span, "undeclared-variable", message, { hint, ...fixFor(document, names) })];
  }
  return [...first.values()].map(({ name, span, path }, index) =>
    problemAt(
      span ?? document.span,
      "undeclared-variable",
      `the environment variable ${name} is declared nowhere`,
      {
        severity: "warning",
        ...(path === undefined ? {} : { path }),
        hint: `list ${name} under \`requirements.env\`, or in package.json under \`dop.env\``,
        // One edit mends them all.
        ...(index === 0 ? fixFor(document, names) : {}),
      },
    ),
  );
}

function fixFor(document: SourceDocument, names: readonly string[]): { fix?: readonly Edit[] } {
  const { file } = document;
  const list = document.valueSpan(["requirements", "env"]);
  if (list === undefined) {
    if (document.keySpan(["requirements"]) !== undefined) return {};
    const type = document.valueSpan(["type"]);
    const key = document.keySpan(["type"]);
    if (type === undefined || key === undefined || key.start.column !== 1) return {};
    const indent = "\n  env: ";
    return {
      fix: [
        {
          span: { file, start: type.end, end: type.end },
          text: `\nrequirements:${indent}[${names.join(", ")}]`,
        },
      ],
    };
  }
  const items = document.value as { readonly requirements?: { readonly env?: readonly unknown[] } };
  const count = items.requirements?.env?.length ?? 0;
  const last = document.valueSpan(["requirements", "env", count - 1]);
  if (count === 0 || last === undefined) return {};
  const isFlow =
    list.start.line === last.start.line &&
    list.start.column < last.start.column &&
    list.end.line === last.end.line;
  const dash = `\n${" ".repeat(list.start.column - 1)}- `;
  const isBlock = list.start.line > (document.keySpan(["requirements", "env"])?.start.line ?? 0);
  const text = isBlock
    ? names.map((name) => `${dash}${name}`).join("")
    : isFlow
      ? `, ${names.join(", ")}`
      : undefined;
  return text === undefined ? {} : { fix: [{ span: { file, start: last.end, end: last.end }, text }] };
}
