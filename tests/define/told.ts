import type { AttributeType } from "../../platform/define/attribute-type.ts";

/** What an attribute type makes of a written value, and each problem as its dotted path and code. */
export function readWith<T>(
  type: AttributeType<T>,
  written: unknown,
): { readonly value: T | undefined; readonly told: string[] } {
  const told: string[] = [];
  const value = type.read(written, (path, { code }) => told.push(`${path.join(".")}: ${code}`));
  return { value, told };
}

/** The hints that go with the problems. */
export function hintsOf<T>(type: AttributeType<T>, written: unknown): (string | undefined)[] {
  const hints: (string | undefined)[] = [];
  type.read(written, (_path, { hint }) => hints.push(hint));
  return hints;
}
