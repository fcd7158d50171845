import { isPlainObject, Secret } from "../core/secret.ts";

/** `true` where all below came out of a template, else by key or index; `undefined` where nothing did. */
export type TemplatedTree = true | Map<string | number, TemplatedTree>;

export function isCoercible(templated: TemplatedTree | undefined): boolean {
  return templated === true;
}

/** Marks the value at `path` as one that came out of a template. */
export function markTemplated(
  tree: Map<string | number, TemplatedTree>,
  path: readonly (string | number)[],
): void {
  let at = tree;
  for (const part of path.slice(0, -1)) {
    const next = at.get(part);
    if (next === true) return;
    const child = next ?? new Map<string | number, TemplatedTree>();
    at.set(part, child);
    at = child;
  }
  const last = path.at(-1);
  if (last !== undefined) at.set(last, true);
}

export interface TextOptions {
  readonly templated: boolean;
  /** A value of a mapping of texts, such as tags. */
  readonly inTextMapping: boolean;
  /** How the scalar stands in the file, where it does. */
  written(): string | undefined;
}

/** The text of a value where text is declared, or `undefined` where it must not be taken for text. */
export function coerceToText(
  value: unknown,
  { templated, inTextMapping, written }: TextOptions,
): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") {
    if (templated) return String(value);
    return inTextMapping ? (written() ?? String(value)) : undefined;
  }
  const structured = Array.isArray(value) || isPlainObject(value);
  return structured && templated && inTextMapping ? spacedJson(value) : undefined;
}

export function coerceToNumber(value: unknown): number | undefined {
  const text = value instanceof Secret ? value.reveal() : value;
  if (typeof text !== "string" || !/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text))
    return undefined;
  return Number(text);
}

/** JSON with a blank after each comma and colon, as Python writes it. */
function spacedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spacedJson).join(", ")}]`;
  if (isPlainObject(value)) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${spacedJson(item)}`)
      .join(", ")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
