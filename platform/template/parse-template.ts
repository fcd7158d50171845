import type { ParsedTemplate } from "./expression.ts";
import { TemplateError } from "./template-error.ts";
import { TemplateParser } from "./template-parser.ts";

/** Whether a text has anything that a template would evaluate. Other texts are never touched. */
export function hasTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("{%") || text.includes("{#");
}

const keptTemplates = 5_000;
const kept = new Map<string, ParsedTemplate | TemplateError>();

/** Throws TemplateError with code `template-syntax` or `template-limit`. Equal texts are parsed once. */
export function parseTemplate(text: string): ParsedTemplate {
  let parsed = kept.get(text);
  if (parsed === undefined) {
    parsed = parseOrError(text);
    if (kept.size >= keptTemplates) kept.delete(kept.keys().next().value as string);
    kept.set(text, parsed);
  }
  if (parsed instanceof TemplateError) throw parsed;
  return parsed;
}

function parseOrError(text: string): ParsedTemplate | TemplateError {
  // Jinja drops exactly one line break from the end of a text.
  const source = text.replace(/\r?\n$/, "");
  try {
    const body = new TemplateParser(source).parseBody();
    const first = body[0];
    const alone = source.startsWith("{{") && source.endsWith("}}") && body.length === 1;
    return { text, body, sole: alone && first?.kind === "output" ? first.value : undefined };
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
}
