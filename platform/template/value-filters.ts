import { MissingVariable } from "./environment-scope.ts";
import { fixed } from "./python-format.ts";
import { textOf } from "./python-text.ts";
import {
  entriesOf,
  floatOf,
  intOf,
  isFloat,
  isMapping,
  isNull,
  isNumber,
  lengthOf,
  numberOf,
  truthOf,
  typeName,
  WholeFloat,
} from "./python-values.ts";
import { type Operation, operation } from "./signature.ts";
import { templateError } from "./template-error.ts";
import { wholeArgument } from "./text-operations.ts";

const length = operation("", (_, value: unknown) => lengthOf(value), { secrecy: "tell" });

// A name that is not there reaches this filter as `undefined`; no other filter ever sees one.
const fallback = operation(
  "default_value? boolean?",
  (_, value: unknown, other?: unknown, boolean?: unknown) => {
    const missing =
      value === undefined || value instanceof MissingVariable || (truthOf(boolean) && !truthOf(value));
    return missing ? (other ?? (other === null ? null : "")) : value;
  },
  { secrecy: "move" },
);

export const valueFilters: readonly (readonly [string, Operation])[] = Object.entries({
  default: fallback,
  d: fallback,
  length,
  count: length,
  abs: operation("", (_, value: unknown) => {
    if (!isNumber(value)) throw templateError(`\`abs\` needs a number, not ${typeName(value)}`);
    const size = Math.abs(numberOf(value));
    return isFloat(value) ? floatOf(size) : size;
  }),
  int: operation("default? base?", (_, value: unknown, other?: unknown, base?: number) =>
    toInt(value, other ?? 0, wholeArgument(base ?? 10)),
  ),
  float: operation("default?", (_, value: unknown, other?: unknown) =>
    toFloat(value, other ?? new WholeFloat(0)),
  ),
  round: operation("precision? method?", (_, value: unknown, precision?: number, method?: string) =>
    rounded(value, wholeArgument(precision ?? 0), method ?? "common"),
  ),
  tojson: operation("indent?", (_, value: unknown, indent?: number) =>
    jsonText(value, indent === undefined || indent === null ? undefined : wholeArgument(indent)),
  ),
} satisfies Record<string, Operation>);

const intForms: { readonly [base: number]: RegExp } = {
  2: /^(?:0[bB]_?)?[01](?:_?[01])*$/,
  8: /^(?:0[oO]_?)?[0-7](?:_?[0-7])*$/,
  10: /^[0-9](?:_?[0-9])*$/,
  16: /^(?:0[xX]_?)?[0-9a-fA-F](?:_?[0-9a-fA-F])*$/,
};

function toInt(value: unknown, other: unknown, base: number): unknown {
  if (isNumber(value)) {
    const number = Math.trunc(numberOf(value));
    return Number.isFinite(number) ? intOf(number) : other;
  }
  if (typeof value !== "string") return other;
  const form = intForms[base];
  if (form === undefined) throw templateError("`int` knows the bases 2, 8, 10 and 16");
  const text = value.trim();
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  const digits = text.slice(sign.length);
  if (form.test(digits)) {
    const number = Number.parseInt(digits.replace(/^0[bBoOxX]/, "").replaceAll("_", ""), base);
    return intOf(sign === "-" ? -number : number);
  }
  const float = floatFrom(text);
  return float === undefined || !Number.isFinite(float) ? other : intOf(Math.trunc(float));
}

function toFloat(value: unknown, other: unknown): unknown {
  if (isNumber(value)) return floatOf(numberOf(value));
  const float = typeof value === "string" ? floatFrom(value.trim()) : undefined;
  return float === undefined ? other : floatOf(float);
}

function floatFrom(text: string): number | undefined {
  if (/^[-+]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][-+]?\d(?:_?\d)*)?$/.test(text)) {
    return Number(text.replaceAll("_", ""));
  }
  const word = /^([-+]?)(inf|infinity|nan)$/i.exec(text);
  if (word === null) return undefined;
  const size = word[2]?.toLowerCase() === "nan" ? Number.NaN : Number.POSITIVE_INFINITY;
  return word[1] === "-" ? -size : size;
}

/** `common` rounds as Python's `round` does: exact ties go to the even neighbour. Always a float, as in Jinja. */
function rounded(value: unknown, precision: number, method: string): unknown {
  if (!isNumber(value)) throw templateError(`\`round\` needs a number, not ${typeName(value)}`);
  const number = numberOf(value);
  if (method === "ceil" || method === "floor")
    return floatOf(Math[method](number * 10 ** precision) / 10 ** precision);
  if (method !== "common") throw templateError("`round` knows the methods common, ceil and floor");
  const whole = !isFloat(value);
  if (precision >= 0) {
    const result = whole
      ? number
      : Number(fixed(Math.abs(number), Math.min(precision, 100))) * Math.sign(number);
    return whole ? result : floatOf(result);
  }
  const unit = 10 ** -precision;
  const result = Number(fixed(Math.abs(number) / unit, 0)) * unit * Math.sign(number);
  return whole ? intOf(result) : floatOf(result);
}

/** Jinja's `tojson`: keys sorted, `, ` and `: ` between, and `< > & '` escaped. */
function jsonText(value: unknown, indent: number | undefined): string {
  if (indent !== undefined && (indent < 0 || indent > 16))
    throw templateError("`tojson` indents by at most 16");
  return jsonOf(value, indent, 0).replace(/[<>&']/g, (character) => {
    return `\\u00${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

function jsonOf(value: unknown, indent: number | undefined, level: number): string {
  if (isNull(value)) return "null";
  if (typeof value === "boolean") return String(value);
  if (isNumber(value)) return isFloat(value) ? textOf(value) : String(value);
  if (typeof value === "string") {
    return JSON.stringify(value).replace(/[\u007f-\uffff]/g, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
    });
  }
  const inner = (parts: string[], [open, close]: readonly [string, string]): string => {
    if (parts.length === 0) return open + close;
    if (indent === undefined) return open + parts.join(", ") + close;
    const newline = `\n${" ".repeat(indent * (level + 1))}`;
    return `${open}${newline}${parts.join(`,${newline}`)}\n${" ".repeat(indent * level)}${close}`;
  };
  if (Array.isArray(value))
    return inner(
      value.map((item) => jsonOf(item, indent, level + 1)),
      ["[", "]"],
    );
  if (isMapping(value)) {
    const entries = entriesOf(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return inner(
      entries.map(([key, item]) => `${jsonOf(key, indent, 0)}: ${jsonOf(item, indent, level + 1)}`),
      ["{", "}"],
    );
  }
  throw templateError(`\`tojson\` can't write ${typeName(value)}`);
}
