import { isReference } from "../core/reference.ts";
import { holdsSecret, isPlainObject } from "../core/secret.ts";
import type { Path } from "../core/span.ts";
import { formatPath } from "../core/span.ts";
import { deferTemplate, type Template } from "../template/deferred-template.ts";
import { evaluateTemplate } from "../template/evaluate-template.ts";
import type { ParsedTemplate } from "../template/expression.ts";
import { parseTemplate } from "../template/parse-template.ts";
import type { Scope } from "../template/scope.ts";
import { TemplateError } from "../template/template-error.ts";
import type { SourceDocument } from "../yaml/document.ts";

/**
 * A template over `asset` that needs no other name: what it says of the document's own names is evaluated now and
 * written into its text. What cannot be written as text stays, and is undefined when the template is evaluated.
 *
 * Throws TemplateError, placed in the written text, where such a part cannot be evaluated.
 */
export function boundTemplate(
  parsed: ParsedTemplate,
  path: Path,
  { document, scope }: { document: SourceDocument; scope: Scope },
): Template {
  const pieces = parsed.body.every(({ kind }) => kind === "text" || kind === "output")
    ? ownParts(parsed.body)
    : [];
  const origins: number[] = [];
  let text = "";
  let at = 0;
  const copy = (end: number): void => {
    for (; at < end; at++) {
      origins.push(at);
      text += parsed.text[at] ?? "";
    }
  };
  for (const { start, end } of pieces) {
    const written = literal(partValue(parsed.text, { start, end }, scope));
    if (written === undefined) continue;
    copy(start);
    for (const character of written) for (let unit = 0; unit < character.length; unit++) origins.push(start);
    text += written;
    at = end;
  }
  copy(parsed.text.length);
  return deferTemplate(text, {
    path: formatPath(path),
    span: document.valueSpan(path) ?? document.nearestSpan(path),
    locate: (start, end) => {
      const from = origins[start] ?? 0;
      return document.textSpan(path, from, Math.max(from + 1, (origins[end - 1] ?? from) + 1));
    },
  });
}

interface Part {
  readonly start: number;
  readonly end: number;
}

const ownKinds: ReadonlySet<unknown> = new Set(["name", "attribute", "item", "call", "filter"]);

/** The largest parts that name something and not `asset`, in the order of the text. */
function ownParts(node: unknown): Part[] {
  if (typeof node !== "object" || node === null) return [];
  if ("kind" in node && ownKinds.has(node.kind) && !readsName(node, "asset") && hasName(node)) {
    const { start, end } = node as unknown as Part;
    return [{ start, end }];
  }
  return Object.values(node)
    .flatMap(ownParts)
    .sort((a, b) => a.start - b.start);
}

/** Whether an expression names this name. */
export function readsName(node: unknown, name: string): boolean {
  if (typeof node !== "object" || node === null) return false;
  if ("kind" in node && node.kind === "name" && "name" in node && node.name === name) return true;
  return Object.values(node).some((part) => readsName(part, name));
}

function hasName(node: unknown): boolean {
  if (typeof node !== "object" || node === null) return false;
  return ("kind" in node && node.kind === "name") || Object.values(node).some(hasName);
}

function partValue(text: string, { start, end }: Part, scope: Scope): unknown {
  try {
    return evaluateTemplate(parseTemplate(`{{ ${text.slice(start, end)} }}`), scope);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    const { code, message, hint } = error;
    const shift = start - "{{ ".length;
    const place = { start: error.start + shift, end: error.end + shift };
    throw new TemplateError({ code, message, ...(hint === undefined ? {} : { hint }) }, place);
  }
}

/** Plain data as the template language writes it. */
function literal(value: unknown): string | undefined {
  if (value === null) return "none";
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return JSON.stringify(value);
  if (holdsSecret(value) || isReference(value)) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(literal);
    return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
  }
  if (!isPlainObject(value)) return undefined;
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [JSON.stringify(key), literal(item)] as const);
  if (entries.some(([, item]) => item === undefined)) return undefined;
  return `{${entries.map((entry) => entry.join(": ")).join(", ")}}`;
}
