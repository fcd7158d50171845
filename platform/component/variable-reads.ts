import { isSecretVariable, type VariableRule } from "../core/environment.ts";
import type { Span } from "../core/span.ts";

/** One reading of a variable by a document. */
export interface VariableRead {
  readonly name: string;
  readonly hasDefault: boolean;
  /** Where a template reads it; absent for what code reads. */
  readonly path?: string;
  readonly span?: Span;
}

export interface VariableSource {
  readonly variables: { readonly [name: string]: string | undefined };
  readonly rules: { readonly [name: string]: VariableRule };
}

/** Reads variables for one document and remembers which. */
export class VariableReads {
  readonly #source: VariableSource;
  readonly reads: VariableRead[] = [];
  #isLenient = false;
  #place: { readonly path: string; readonly span: () => Span } | undefined;
  #hasDefault = false;

  constructor(source: VariableSource) {
    this.#source = source;
  }

  /** Evaluates with readings placed at one value of the document. */
  at<T>(path: string, span: () => Span, evaluate: () => T): T {
    const outer = this.#place;
    this.#place = { path, span };
    try {
      return evaluate();
    } finally {
      this.#place = outer;
    }
  }

  /** Evaluates a template that lacks a variable: what is not set is then written `${NAME}`. */
  leniently<T>(evaluate: () => T): T {
    this.#isLenient = true;
    try {
      return evaluate();
    } finally {
      this.#isLenient = false;
    }
  }

  value(name: string): string | undefined {
    return this.#source.variables[name] ?? this.#source.rules[name]?.default;
  }

  /** A reading by code. */
  read(name: string): string | undefined {
    this.reads.push({ name, hasDefault: true });
    return this.value(name);
  }

  readForTemplate(name: string): string | undefined {
    return this.value(name) ?? (this.#isLenient && !this.#hasDefault ? `\${${name}}` : undefined);
  }

  record(name: string, { hasDefault }: { readonly hasDefault: boolean }): void {
    this.#hasDefault = hasDefault;
    const place = this.#place;
    // The template is evaluated again: what it read up to its first missing variable is recorded already.
    if (this.#isLenient && this.reads.some((read) => read.name === name && read.path === place?.path)) return;
    this.reads.push({
      name,
      hasDefault,
      ...(place === undefined ? {} : { path: place.path, span: place.span() }),
    });
  }

  isSecret(name: string): boolean {
    return isSecretVariable(name, this.#source.rules[name]);
  }
}
