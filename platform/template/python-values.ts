import { isReference } from "../core/reference.ts";
import { isPlainObject, Secret } from "../core/secret.ts";
import { MissingVariable } from "./environment-scope.ts";
import { isScopeObject, isTemplateFunction } from "./scope.ts";
import { templateError } from "./template-error.ts";

/** A float whose value is whole, such as `4 / 2`; other floats are plain numbers. It never leaves a template. */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export function floatOf(value: number): number | WholeFloat {
  return Number.isInteger(value) ? new WholeFloat(value) : value;
}

/** Throws where a whole number is too large to be exact. */
export function intOf(value: number): number {
  if (!Number.isSafeInteger(value)) throw templateError("a whole number is too large to be exact");
  return value === 0 ? 0 : value;
}

export type PythonNumber = number | boolean | WholeFloat;

export function isNumber(value: unknown): value is PythonNumber {
  return typeof value === "number" || typeof value === "boolean" || value instanceof WholeFloat;
}

export function isFloat(value: unknown): boolean {
  return value instanceof WholeFloat || (typeof value === "number" && !Number.isInteger(value));
}

export function numberOf(value: PythonNumber): number {
  return value instanceof WholeFloat ? value.value : Number(value);
}

export function isNull(value: unknown): boolean {
  return value === null || value instanceof MissingVariable;
}

/** Data whose entries a template may read: not the objects that only pass through. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return isPlainObject(value) && !isReference(value) && !isScopeObject(value) && !isTemplateFunction(value);
}

/** An own entry, without running a getter; undefined where there is none. */
export function ownEntry(mapping: object, key: string): unknown {
  const descriptor = Object.getOwnPropertyDescriptor(mapping, key);
  return descriptor?.enumerable === true ? (descriptor.value as unknown) : undefined;
}

export function entriesOf(mapping: object): [string, unknown][] {
  return Object.keys(mapping).flatMap((key): [string, unknown][] => {
    const value = ownEntry(mapping, key);
    return value === undefined ? [] : [[key, value]];
  });
}

export function newMapping(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const mapping: Record<string, unknown> = Object.create(null);
  for (const [key, value] of entries) mapping[key] = value;
  return mapping;
}

/** How messages call a value's type. */
export function typeName(value: unknown): string {
  if (isNull(value)) return "null";
  if (typeof value === "string" || value instanceof Secret) return "text";
  if (typeof value === "boolean") return "a boolean";
  if (isNumber(value)) return "a number";
  if (Array.isArray(value)) return "a list";
  if (isMapping(value)) return "a mapping";
  if (isTemplateFunction(value) || typeof value === "function") return "a function";
  return "an object";
}

export function truthOf(value: unknown): boolean {
  if (isNull(value) || value === undefined || value === false || value === 0 || value === "") return false;
  if (value instanceof WholeFloat) return value.value !== 0;
  if (value instanceof Secret) return value.reveal() !== "";
  if (Array.isArray(value)) return value.length > 0;
  if (isMapping(value)) return Object.keys(value).length > 0;
  return true;
}

export function equal(left: unknown, right: unknown): boolean {
  if (left instanceof Secret || right instanceof Secret) return equal(revealed(left), revealed(right));
  if (isNumber(left) && isNumber(right)) return numberOf(left) === numberOf(right);
  if (isNull(left) || isNull(right)) return isNull(left) && isNull(right);
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index]));
  }
  if (isMapping(left) && isMapping(right)) {
    const entries = entriesOf(left);
    return (
      entries.length === entriesOf(right).length &&
      entries.every(([key, value]) => Object.hasOwn(right, key) && equal(value, ownEntry(right, key)))
    );
  }
  return left === right;
}

/** Negative, zero or positive; throws where Python has no order between the two. */
export function compare(left: unknown, right: unknown): number {
  if (left instanceof Secret || right instanceof Secret) return compare(revealed(left), revealed(right));
  if (isNumber(left) && isNumber(right)) return Math.sign(numberOf(left) - numberOf(right));
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  if (Array.isArray(left) && Array.isArray(right)) {
    for (let index = 0; index < Math.min(left.length, right.length); index++) {
      if (!equal(left[index], right[index])) return compare(left[index], right[index]);
    }
    return left.length - right.length;
  }
  throw templateError(`${typeName(left)} and ${typeName(right)} have no order`);
}

// Python orders texts by code points; UTF-16 puts characters beyond U+FFFF before some below.
function compareText(left: string, right: string): number {
  const a = charactersOf(left);
  const b = charactersOf(right);
  for (let index = 0; index < Math.min(a.length, b.length); index++) {
    const difference = codePointOf(a[index] as string) - codePointOf(b[index] as string);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

function codePointOf(character: string): number {
  return character.codePointAt(0) as number;
}

export function contains(container: unknown, item: unknown): boolean {
  const inside = revealed(container);
  if (typeof inside === "string") {
    const text = revealed(item);
    if (typeof text !== "string")
      throw templateError(`\`in\` a text looks for text, not for ${typeName(item)}`);
    return inside.includes(text);
  }
  if (Array.isArray(inside)) return inside.some((member) => equal(member, item));
  if (isMapping(inside)) {
    const key = revealed(item);
    return typeof key === "string" && ownEntry(inside, key) !== undefined;
  }
  throw templateError(`\`in\` needs text, a list or a mapping, not ${typeName(container)}`);
}

const surrogate = /[\ud800-\udfff]/;

/** Characters as Python counts them: code points. */
export function charactersOf(text: string): string[] {
  return surrogate.test(text) ? Array.from(text) : text.split("");
}

export function lengthOf(value: unknown): number {
  const inside = revealed(value);
  if (typeof inside === "string") return surrogate.test(inside) ? Array.from(inside).length : inside.length;
  if (Array.isArray(inside)) return inside.length;
  if (isMapping(inside)) return Object.keys(inside).length;
  throw templateError(`${typeName(value)} has no length`);
}

/** What a loop or a list filter goes over; the characters of a secret are secrets. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "string") return charactersOf(value);
  if (value instanceof Secret) return charactersOf(value.reveal()).map((character) => new Secret(character));
  if (isMapping(value)) return Object.keys(value);
  throw templateError(`${typeName(value)} is not a list`);
}

function revealed(value: unknown): unknown {
  return value instanceof Secret ? value.reveal() : value;
}
