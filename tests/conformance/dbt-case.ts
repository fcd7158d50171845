export type Fields = { readonly [field: string]: unknown };

export interface DbtCase {
  readonly id: string;
  readonly kind: string;
  readonly manifest: string;
  readonly input: Fields;
  readonly expect: Fields;
}

/** The answer to one expected field; throws for a field that it does not know. */
export type Answer = (field: string) => unknown;

/** Throws where a case says something that nobody reads. */
export function onlyKnown(input: Fields, known: readonly string[]): void {
  const strange = Object.keys(input).find((field) => !known.includes(field));
  if (strange !== undefined) throw new Error(`unknown input ${strange}`);
}
