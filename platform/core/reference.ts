import type { Span } from "./span.ts";

/**
 * A value that stands for an asset key of another component until definitions are merged.
 *
 * `kind` names the question (`dbt_model`), `argument` what was asked for. The merge looks for the one definition
 * whose `answers` list holds `kind:argument`.
 */
export interface Reference {
  readonly kind: string;
  readonly argument: string;
  /** Where it was written, so that an unanswered one is reported there. */
  readonly span?: Span;
  readonly [referenceMark]: true;
}

export const referenceMark: unique symbol = Symbol.for("dop.reference");

export function reference(kind: string, argument: string): Reference {
  return { kind, argument, [referenceMark]: true };
}

export function isReference(value: unknown): value is Reference {
  return typeof value === "object" && value !== null && referenceMark in value;
}
