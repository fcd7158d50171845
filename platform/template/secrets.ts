import { Secret } from "../core/secret.ts";
import { textOf } from "./python-text.ts";
import { entriesOf, isMapping, isNull, isNumber, newMapping } from "./python-values.ts";
import { TemplateError, templateError } from "./template-error.ts";

/**
 * Computes on revealed values and hides what comes out, if a secret is anywhere inside the inputs.
 *
 * A failure then tells nothing of the values: its message could hold a part of the secret.
 */
export function keepingSecret(
  inputs: readonly unknown[],
  compute: (inputs: readonly unknown[]) => unknown,
): unknown {
  if (!inputs.some(holdsSecret)) return compute(inputs);
  try {
    return conceal(compute(inputs.map(revealed)));
  } catch (error) {
    if (error instanceof TemplateError && error.code === "template-limit") throw error;
    throw templateError("a secret value does not fit here");
  }
}

/** Hides every text and number; booleans and null stay, so that conditions work. */
export function conceal(value: unknown): unknown {
  if (typeof value === "boolean" || isNull(value) || value instanceof Secret) return value;
  if (typeof value === "string" || isNumber(value)) return new Secret(textOf(value));
  if (Array.isArray(value)) return value.map(conceal);
  if (isMapping(value)) return newMapping(entriesOf(value).map(([key, item]) => [key, conceal(item)]));
  return value;
}

/** Leaves objects that only pass through as they are. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return value.reveal();
  if (Array.isArray(value)) return value.map(revealed);
  if (isMapping(value)) return newMapping(entriesOf(value).map(([key, item]) => [key, revealed(item)]));
  return value;
}

/** Whether a secret stands anywhere inside; runs no getter. */
export function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(holdsSecret);
  return isMapping(value) && entriesOf(value).some(([, item]) => holdsSecret(item));
}
