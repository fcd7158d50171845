import { didYouMean } from "../core/suggest.ts";
import { TemplateError } from "./template-error.ts";

/** A name or an entry that is not there. It only ever gets as far as `default` and `is defined`. */
export class Absent {
  readonly error: TemplateError;

  constructor(error: TemplateError) {
    this.error = error;
  }
}

export function absentEntry(label: string, name: string, names: readonly string[]): Absent {
  const known = names.length === 0 ? "" : `; it has ${names.slice(0, 30).join(", ")}`;
  return new Absent(undefinedName(`${label} has no \`${name}\`${known}`, name, names));
}

/** An unplaced error that suggests the nearest of the names there are. */
export function undefinedName(message: string, name: string, names: readonly string[]): TemplateError {
  const hint = didYouMean(name, names);
  return new TemplateError({
    code: "undefined-name",
    message,
    names,
    ...(hint === undefined ? {} : { hint }),
  });
}
