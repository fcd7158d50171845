import type { Problem, Report } from "../core/problem.ts";
import { isReference } from "../core/reference.ts";
import { isPlainObject, Secret } from "../core/secret.ts";
import { formatPath, type Path, type Span } from "../core/span.ts";
import { deferTemplate, isTemplate, type Template, templateKey } from "../template/deferred-template.ts";
import { evaluateTemplate } from "../template/evaluate-template.ts";
import type { Expression, ParsedTemplate } from "../template/expression.ts";
import { hasTemplate, parseTemplate } from "../template/parse-template.ts";
import type { Scope } from "../template/scope.ts";
import { TemplateError } from "../template/template-error.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { unusableValue } from "../yaml/unusable-value.ts";
import { boundTemplate } from "./bound-template.ts";
import { markTemplated, type TemplatedTree } from "./coerce.ts";
import { ComponentCycle } from "./component-cycle.ts";
import { childSchema, holdsDeferredSchema, type JsonSchema } from "./json-schema.ts";
import { problemAt } from "./make-problem.ts";
import { MissingValue } from "./missing-value.ts";
import type { VariableReads } from "./variable-reads.ts";

export interface ResolveOptions {
  readonly document: SourceDocument;
  readonly scope: Scope;
  readonly reads: VariableReads;
  readonly report: Report;
  /** Of the value: attributes that it marks as deferred keep their templates. */
  readonly schema?: JsonSchema | undefined;
  /** Whether a variable without a value is an error, not only a need. */
  isRequired(variable: string): boolean;
  /** Whether a template is kept for later although its attribute is not deferred. */
  keeps?(parsed: ParsedTemplate): boolean;
}

export interface Resolved {
  readonly value: unknown;
  /** What came out of templates. */
  readonly templated: TemplatedTree;
}

/** Evaluates the templates of plain data: values only, never keys. What fails is reported and left out. */
export function resolveAttributes(written: unknown, path: Path, options: ResolveOptions): Resolved {
  const walk = new ResolveWalk(options);
  const value = walk.resolve(
    written,
    [...path],
    options.schema !== undefined && holdsDeferredSchema(options.schema) ? options.schema : undefined,
  );
  return { value, templated: walk.templated(path) };
}

class ResolveWalk {
  readonly #options: ResolveOptions;
  readonly #templated = new Map<string | number, TemplatedTree>();

  constructor(options: ResolveOptions) {
    this.#options = options;
  }

  templated(base: Path): TemplatedTree {
    let at: TemplatedTree | undefined = this.#templated;
    for (const part of base) at = at instanceof Map ? at.get(part) : at;
    return at ?? new Map();
  }

  /** `path` is the caller's again afterwards: what keeps it takes a copy. */
  resolve(value: unknown, path: (string | number)[], schema: JsonSchema | undefined): unknown {
    if (typeof value === "string") {
      if (!hasTemplate(value)) return withoutLastBreak(value);
      const own = [...path];
      return schema?.["x-dop-deferred"] === true ? this.#deferred(value, own) : this.#evaluate(value, own);
    }
    if (schema?.["x-dop-deferred"] === true) return this.#deferredTree(value, [...path]);
    const child = (item: unknown, key: string | number) => {
      path.push(key);
      const resolved = this.resolve(item, path, schema && childSchema(schema, key, value));
      path.pop();
      return resolved;
    };
    if (Array.isArray(value)) return value.map(child);
    if (!isPlainObject(value)) return value;
    const result: Record<string, unknown> = {};
    for (const key of Object.keys(value)) result[key] = child(value[key], key);
    return result;
  }

  #deferredTree(value: unknown, path: Path): unknown {
    if (typeof value === "string") return hasTemplate(value) ? this.#deferred(value, path) : value;
    if (Array.isArray(value)) return value.map((item, index) => this.#deferredTree(item, [...path, index]));
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, this.#deferredTree(item, [...path, key])]),
    );
  }

  #deferred(text: string, path: Path): unknown {
    try {
      parseTemplate(text);
    } catch (error) {
      return this.#failed(error, text, path);
    }
    return lazyTemplate(text, path, this.#options.document);
  }

  #evaluate(text: string, path: Path): unknown {
    const { scope, reads, document, keeps } = this.#options;
    try {
      const parsed = parseTemplate(text);
      if (keeps?.(parsed) === true) return boundTemplate(parsed, path, { document, scope });
      const span = (): Span => document.valueSpan(path) ?? document.nearestSpan(path);
      const value = reads.at(formatPath(path), span, () => evaluateTemplate(parsed, scope));
      markTemplated(this.#templated, path);
      if (value === null && parsed.sole !== undefined) return this.#unset(parsed.sole, path);
      if (isReference(value) && value.span === undefined) return { ...value, span: span() };
      return value;
    } catch (error) {
      const isRead =
        error instanceof TemplateError &&
        error.variable !== undefined &&
        /^\s*env\s*\(/.test(text.slice(error.start));
      if (isRead) return this.#missing(error as TemplateError, text, path);
      return this.#failed(error, text, path);
    }
  }

  /** `{{ env.X }}` alone is null where X is not set. */
  #unset(sole: Expression, path: Path): unknown {
    const isRead = sole.kind === "attribute" && sole.target.kind === "name" && sole.target.name === "env";
    if (!isRead) return null;
    const variable = sole.name;
    if (this.#options.isRequired(variable))
      this.#required(variable, this.#options.document.nearestSpan(path), path);
    const text = `\${${variable}}`;
    const placeholder = this.#options.reads.isSecret(variable) ? new Secret(text) : text;
    return new MissingValue(variable, { isNull: true, placeholder });
  }

  #missing(error: TemplateError, text: string, path: Path): unknown {
    const { scope, reads, document } = this.#options;
    const variable = error.variable as string;
    const span = textSpan(document, path, error);
    if (this.#options.isRequired(variable)) this.#required(variable, span, path);
    markTemplated(this.#templated, path);
    try {
      const whole = (): Span => document.valueSpan(path) ?? document.nearestSpan(path);
      const placeholder = reads.at(formatPath(path), whole, () =>
        reads.leniently(() => evaluateTemplate(parseTemplate(text), scope)),
      );
      return new MissingValue(variable, { placeholder });
    } catch {
      return new MissingValue(variable, {});
    }
  }

  #required(variable: string, span: Span, path: Path): void {
    this.#options.report(
      problemAt(span, "missing-variable", `the environment variable ${variable} is not set`, {
        path: formatPath(path),
        hint: `package.json requires it in this environment: set ${variable}`,
      }),
    );
  }

  #failed(error: unknown, text: string, path: Path): unknown {
    this.#options.report(templateProblem(error, this.#options.document, path, text));
    return unusableValue;
  }
}

/** Texts lose one line break at their end, as those with templates do. */
function withoutLastBreak(text: string): string {
  return text.endsWith("\n") ? text.replace(/\r?\n$/, "") : text;
}

/** A template's failure as a problem at its expression. */
export function templateProblem(error: unknown, document: SourceDocument, path: Path, text: string): Problem {
  if (!(error instanceof TemplateError)) throw error;
  const span = textSpan(document, path, error);
  const isWhole = error.start === 0 && error.end >= text.length;
  const place = isWhole ? (document.valueSpan(path) ?? span) : span;
  return problemAt(place, error.code, error.message, {
    path: formatPath(path),
    ...(error instanceof ComponentCycle ? { related: error.related } : {}),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

function textSpan(document: SourceDocument, path: Path, { start, end }: TemplateError): Span {
  const exact = document.textSpan(path, start, end);
  if (exact !== undefined) return exact;
  const whole = document.valueSpan(path) ?? document.nearestSpan(path);
  return { ...whole, end: whole.start };
}

/** A template of the document for later; where its characters stand is found out only when someone asks. */
export function lazyTemplate(text: string, path: Path, document: SourceDocument): Template {
  const template = { [templateKey]: 1 as const, text, path: formatPath(path) } as unknown as Template;
  let span: Span | undefined;
  const whole = (): Span => {
    span ??= document.valueSpan(path) ?? document.nearestSpan(path);
    return span;
  };
  let stretches: Template["stretches"] | undefined;
  // Apart from the span: each character is looked for.
  const all = (): Template["stretches"] => {
    const locate = (start: number, end: number) => document.textSpan(path, start, end);
    stretches ??= deferTemplate(text, { path: template.path, span: whole(), locate }).stretches;
    return stretches;
  };
  Object.defineProperty(template, "span", { enumerable: true, get: whole });
  Object.defineProperty(template, "stretches", { enumerable: true, get: all });
  return template;
}

/** A copy of plain data in which deferred templates are evaluated against a scope. Throws TemplateError. */
export function evaluateDeep(
  value: unknown,
  scope: Scope,
  evaluate: (template: Template, scope: Scope) => unknown,
): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isTemplate(value)) return evaluate(value, scope);
  if (Array.isArray(value)) return value.map((item) => evaluateDeep(item, scope, evaluate));
  if (!isPlainObject(value) || isReference(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, evaluateDeep(item, scope, evaluate)]),
  );
}
