import { isPlainObject } from "../core/secret.ts";
import { isTemplate } from "../template/deferred-template.ts";

/** Stands for a value that needs a variable which is not set; whoever checks the data passes over it. */
export class MissingValue {
  readonly variable: string;
  /** What a text would be, with `${NAME}` for what is missing; `undefined` where no text would do. */
  readonly placeholder: unknown;
  /** Whether it was asked for as `env.X`, which is null where null may stand. */
  readonly isNull: boolean;

  constructor(
    variable: string,
    { placeholder, isNull = false }: { placeholder?: unknown; isNull?: boolean },
  ) {
    this.variable = variable;
    this.placeholder = placeholder;
    this.isNull = isNull;
  }
}

/** Replaces every missing value inside `value` by its placeholder; gives the names of the variables, sorted. */
export function fillPlaceholders(value: unknown): string[] {
  const variables = new Set<string>();
  const filled = (item: unknown): unknown => {
    if (typeof item !== "object" || item === null) return item;
    if (item instanceof MissingValue) {
      variables.add(item.variable);
      return item.placeholder;
    }
    if (Array.isArray(item) || (isPlainObject(item) && !isTemplate(item))) visit(item);
    return item;
  };
  const visit = (holder: { [key: string]: unknown } | unknown[]): void => {
    if (Array.isArray(holder)) {
      for (let index = 0; index < holder.length; index++) holder[index] = filled(holder[index]);
    } else {
      for (const key of Object.keys(holder)) {
        const item = holder[key];
        const now = filled(item);
        if (now !== item) holder[key] = now;
      }
    }
  };
  if (Array.isArray(value) || isPlainObject(value)) visit(value);
  return [...variables].sort();
}

/** Whether a template that is not evaluated yet stands anywhere inside plain data. */
export function holdsTemplate(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (isTemplate(value)) return true;
  if (Array.isArray(value)) return value.some(holdsTemplate);
  return isPlainObject(value) && Object.values(value).some(holdsTemplate);
}
