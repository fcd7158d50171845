/** What a secret shows as, everywhere. */
export const secretMask = "•••";

/**
 * Text that came out of a secret variable, wholly or in part.
 *
 * It prints, serializes and inspects as `•••`; only `reveal` gives the text. Components pass it on as it is and
 * reveal it where the outside system is called.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The hidden text. Call it as late as possible, and never for a log, a key or an error. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return secretMask;
  }

  toJSON(): string {
    return secretMask;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return secretMask;
  }
}

/** A copy of plain data in which every secret is replaced by its text. */
export function reveal<T>(value: T): T {
  if (value instanceof Secret) return value.reveal() as T;
  if (Array.isArray(value)) return value.map(reveal) as T;
  if (isPlainObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, reveal(item)])) as T;
  }
  return value;
}

/** Whether a secret stands anywhere inside plain data. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isPlainObject(value) && Object.values(value).some(holdsSecret);
}

/** Objects written as `{}` and those without a prototype; not arrays, dates or instances of classes. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
