import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import type { ReportValue } from "./attribute-type.ts";

/** Reports what is told of a value inside another one. */
export function below(step: string | number, report: ReportValue): ReportValue {
  return (path, problem) => report([step, ...path], problem);
}

/** The text under a key of a written condition. */
export function textAt(
  name: string,
  mapping: Record<string, unknown>,
  report: ReportValue,
): string | undefined {
  const text = mapping[name];
  if (typeof text === "string") return text;
  report([name], { code: "invalid-condition", message: `\`${name}\` takes text` });
  return undefined;
}

/** The value if it is a mapping with these keys and no others; one that ends with `?` may be missing. */
export function mappingWith(
  keys: readonly string[],
  value: unknown,
  report: ReportValue,
): Record<string, unknown> | undefined {
  const names = keys.map((key) => key.replace("?", ""));
  if (!isPlainObject(value)) {
    const known = names.map((name) => `\`${name}\``).join(" and ");
    report([], { code: "invalid-condition", message: `a mapping with ${known} is expected here` });
    return undefined;
  }
  const unknown = Object.keys(value).filter((key) => !names.includes(key));
  for (const key of unknown) {
    report([key], {
      code: "invalid-condition",
      message: `there is no \`${key}\` here`,
      hint: didYouMean(key, names) ?? `known: ${names.join(", ")}`,
    });
  }
  const missing = keys.filter((key) => !key.endsWith("?") && value[key] === undefined);
  for (const key of missing) report([], { code: "invalid-condition", message: `\`${key}\` is missing` });
  return unknown.length + missing.length === 0 ? value : undefined;
}
