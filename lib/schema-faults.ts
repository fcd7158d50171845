import { createRequire } from "node:module";
import type { TSchema } from "#platform";

/** One thing that is wrong with a value. */
export interface SchemaFault {
  readonly keyword: string;
  /** JSON pointer into the value, such as `/connectors/0/id`. */
  readonly instancePath: string;
  readonly message: string;
}

type Errors = (schema: TSchema, value: unknown) => [boolean, SchemaFault[]];

/** What is wrong with `value`, the fault of each unknown key told once and under the keyword `boolean`. */
export function schemaFaults(schema: TSchema, value: unknown): SchemaFault[] {
  // Loaded when first needed: it takes a tenth of a second, and most projects never ask.
  const { Errors } = createRequire(import.meta.url)("typebox/schema") as { Errors: Errors };
  const [, faults] = Errors(schema, value);
  return faults.filter(({ keyword }) => keyword !== "additionalProperties");
}
