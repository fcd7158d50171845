import type { MaterializeOptions } from "./step.ts";

export const resultMark: unique symbol = Symbol.for("dop.materialize-result");

/** What an asset's function gives when it has more to say than a value. */
export interface MaterializeResult<T = unknown> extends MaterializeOptions {
  /** Absent when the function has stored the asset itself. */
  readonly value?: T;
  readonly [resultMark]: true;
}

/** A value with metadata. */
export function output<T>(value: T, options: MaterializeOptions = {}): MaterializeResult<T> {
  return { ...options, value, [resultMark]: true };
}

/** Metadata of an asset that the function has stored itself. */
export function materializeResult(options: MaterializeOptions = {}): MaterializeResult<never> {
  return { ...options, [resultMark]: true };
}

export function isMaterializeResult(value: unknown): value is MaterializeResult {
  return typeof value === "object" && value !== null && resultMark in value;
}
