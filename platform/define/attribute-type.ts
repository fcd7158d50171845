import type { TUnsafe } from "typebox";
import type { ProblemCode } from "../core/problem.ts";
import type { Path } from "../core/span.ts";
import { Type } from "./schema-builders.ts";

/** What is wrong with a value, told at a path below it. */
export type ReportValue = (
  path: Path,
  problem: { code: ProblemCode; message: string; hint?: string },
) => void;

/**
 * A kind of attribute value with a reading of its own, such as an automation condition: written in one of several
 * ways, or given ready-made by a template, and always handed to the component in one form.
 */
export interface AttributeType<T> {
  readonly name: string;
  /** JSON Schema of what may be written, for editors and the reference page; templates are added to it. */
  readonly written: object;
  /** Whether a template may give this object as it is. */
  isReady(value: unknown): value is T;
  /** Reads what was written; reports and gives `undefined` where it is wrong. */
  read(value: unknown, report: ReportValue): T | undefined;
}

/** The schema keyword that carries the name of an attribute type. */
export const attributeTypeKeyword = "x-dop-type";

/** The schema keyword of attributes that are evaluated per external object, not while loading. */
export const deferredKeyword = "x-dop-deferred";

const attributeTypes = new Map<string, AttributeType<unknown>>();

/** Makes a schema for an attribute type; each name is registered once. */
export function attributeSchema<T>(type: AttributeType<T>): TUnsafe<T> {
  attributeTypes.set(type.name, type);
  return Type.Unsafe<T>({ [attributeTypeKeyword]: type.name });
}

/** Throws for a name that no schema registered: a defect of ours. */
export function attributeTypeNamed(name: string): AttributeType<unknown> {
  const type = attributeTypes.get(name);
  if (type === undefined) throw new Error(`no attribute type is named ${name}`);
  return type;
}
