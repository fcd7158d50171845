import { Secret } from "../core/secret.ts";
import { MissingVariable, missingVariable } from "./environment-scope.ts";
import { entriesOf, isMapping, isNull, isNumber, typeName } from "./python-values.ts";
import { TemplateError } from "./template-error.ts";

export interface Printing {
  /** How messages call the value. */
  readonly label: string;
  /** Whether it is written as a literal: then `none` may be printed, as it was meant. */
  readonly isLiteral: boolean;
  /** Whether the template made this mapping; others are printed by nobody on purpose. */
  isOwn(mapping: object): boolean;
  spend(steps: number): void;
}

/** Throws where a value can't be part of a text. */
export function checkPrintable(value: unknown, printing: Printing): void {
  if (value instanceof MissingVariable) throw missingVariable(value);
  if (isNull(value) && !printing.isLiteral) {
    throw typeError(
      `${printing.label} is null and can't be part of a text`,
      "give a default: `… | default('', true)`",
    );
  }
  checkParts(value, printing);
}

function checkParts(value: unknown, printing: Printing): void {
  if (isNull(value) || typeof value === "string" || isNumber(value) || value instanceof Secret) return;
  if (Array.isArray(value)) {
    printing.spend(value.length);
    for (const item of value) checkParts(item, printing);
  } else if (!isMapping(value)) {
    throw typeError(
      `${printing.label} is ${typeName(value)} and can't be part of a text`,
      "leave out what stands around it",
    );
  } else if (!printing.isOwn(value)) {
    throw typeError(`${printing.label} is a mapping and can't be part of a text`, "write it with `| tojson`");
  } else {
    for (const [, item] of entriesOf(value)) checkParts(item, printing);
  }
}

function typeError(message: string, hint: string): TemplateError {
  return new TemplateError({ code: "template-type", message, hint });
}
