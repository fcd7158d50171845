import type { Problem, ProblemCode } from "../core/problem.ts";
import type { Span } from "../core/span.ts";

export interface TemplateErrorDetails {
  readonly code: ProblemCode;
  readonly message: string;
  readonly hint?: string;
  /** The names that could have been used instead. */
  readonly names?: readonly string[];
  /** The environment variable that is not set. */
  readonly variable?: string;
}

/**
 * Why a template has no value.
 *
 * A function or an object of a scope may throw one without a place; evaluation puts it at the expression.
 */
export class TemplateError extends Error {
  override readonly name = "TemplateError";
  readonly code: ProblemCode;
  readonly hint: string | undefined;
  readonly names: readonly string[] | undefined;
  readonly variable: string | undefined;
  #start: number | undefined;
  #end = 0;

  constructor(details: TemplateErrorDetails, place?: { readonly start: number; readonly end: number }) {
    super(details.message);
    this.code = details.code;
    this.hint = details.hint;
    this.names = details.names;
    this.variable = details.variable;
    if (place !== undefined) this.placeAt(place);
  }

  /** Offset into the template's text of the first character it is about. */
  get start(): number {
    return this.#start ?? 0;
  }

  /** Offset after the last character it is about. */
  get end(): number {
    return this.#end;
  }

  get isPlaced(): boolean {
    return this.#start !== undefined;
  }

  /** The first place that is given stays. */
  placeAt({ start, end }: { readonly start: number; readonly end: number }): this {
    if (this.#start === undefined) {
      this.#start = start;
      this.#end = end;
    }
    return this;
  }
}

export function templateError(message: string, hint?: string): TemplateError {
  return new TemplateError({ code: "template-error", message, ...(hint === undefined ? {} : { hint }) });
}

export function templateLimit(message: string): TemplateError {
  return new TemplateError({ code: "template-limit", message });
}

/** The error as a problem of the user's file; `span` is where its characters stand there. */
export function templateProblem(error: TemplateError, span: Span, path: string): Problem {
  const { code, message, hint } = error;
  return {
    code,
    severity: "error",
    message,
    span,
    path,
    ...(hint === undefined ? {} : { hint }),
    related: [],
  };
}
