import type { AssetSpec } from "../core/asset.ts";
import { isPlainObject } from "../core/secret.ts";
import type { Path } from "../core/span.ts";
import { type AssetAttributes, assetAttributesSchema } from "../define/asset-attributes.ts";
import type { Translation } from "../define/translation.ts";
import { isTemplate, type Template } from "../template/deferred-template.ts";
import type { Scope } from "../template/scope.ts";
import { isCoercible, type TemplatedTree } from "./coerce.ts";
import { valueWords } from "./json-schema.ts";
import type { ValueProblem } from "./read-value.ts";
import { readValue } from "./read-value.ts";
import { evaluateDeep } from "./resolve.ts";

export interface TranslateOptions {
  /** Of one external object: its names and `spec`. */
  readonly scope: Scope;
  /** Where the translation is written. */
  readonly path: Path;
  /** Throws what `template` fails with as a problem at its place, having reported it. */
  evaluate(template: Template, scope: Scope): unknown;
  report(path: Path, problem: ValueProblem): void;
}

/** What a translation says of one external object: attributes to put over its base spec, or a whole spec. */
export function translated(
  translation: Translation | Template,
  options: TranslateOptions,
): { readonly attributes: AssetAttributes } | { readonly spec: AssetSpec } | undefined {
  const value = evaluateDeep(translation, options.scope, options.evaluate);
  if (!isPlainObject(value)) {
    options.report(options.path, {
      code: "translation-result",
      message: `Unexpected return value of a translation: ${valueWords(value)}`,
      hint: "a translation gives a mapping of asset fields",
    });
    return undefined;
  }
  if (isTemplate(translation) && looksLikeSpec(value)) return { spec: value as unknown as AssetSpec };
  let right = true;
  const attributes = readValue(assetAttributesSchema, value, {
    templated: templatedParts(translation),
    report: (path, problem) => {
      right = false;
      options.report([...options.path, ...path], problem);
    },
  });
  return right ? { attributes: attributes as AssetAttributes } : undefined;
}

/** A spec made by code has fields in camel case; attributes are written with underscores. */
function looksLikeSpec(value: Record<string, unknown>): boolean {
  return typeof value["key"] === "string" && Object.keys(value).some((key) => /[a-z][A-Z]/.test(key));
}

function templatedParts(written: unknown): TemplatedTree | undefined {
  if (isTemplate(written)) return true;
  if (typeof written !== "object" || written === null) return undefined;
  const parts = new Map<string | number, TemplatedTree>();
  for (const [key, item] of Object.entries(written)) {
    const inner = templatedParts(item);
    if (inner !== undefined && (isCoercible(inner) || (inner as Map<string, unknown>).size > 0)) {
      parts.set(Array.isArray(written) ? Number(key) : key, inner);
    }
  }
  return parts;
}
