import { Secret } from "../core/secret.ts";
import { entriesOf, isMapping, isNull, isNumber, typeName, WholeFloat } from "./python-values.ts";
import { TemplateError } from "./template-error.ts";

/** Python's `str()`: `True`, `2.0`, `[1, 'a']`, `{'a': 1}`. Throws for objects that only pass through. */
export function textOf(value: unknown): string {
  return typeof value === "string" ? value : value instanceof Secret ? value.reveal() : reprOf(value);
}

/** Python's `repr()`: texts in quotes. */
export function reprOf(value: unknown): string {
  if (typeof value === "string") return quoted(value);
  if (value instanceof Secret) return quoted(value.reveal());
  if (typeof value === "boolean") return value ? "True" : "False";
  if (isNull(value)) return "None";
  if (value instanceof WholeFloat) return floatText(value.value);
  if (isNumber(value)) return Number.isInteger(value) ? String(value) : floatText(value as number);
  if (Array.isArray(value)) return `[${value.map(reprOf).join(", ")}]`;
  if (isMapping(value)) {
    return `{${entriesOf(value)
      .map(([key, item]) => `${quoted(key)}: ${reprOf(item)}`)
      .join(", ")}}`;
  }
  throw new TemplateError({ code: "template-type", message: `${typeName(value)} can't be written as text` });
}

/** The shortest text that reads back as the same float, in Python's spelling. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const [mantissa, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (value !== 0 && (exponent < -4 || exponent >= 16)) {
    const digits = String(Math.abs(exponent)).padStart(2, "0");
    return `${mantissa}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  const text =
    exponent < 0
      ? value.toFixed(Math.max(0, (mantissa.split(".")[1]?.length ?? 0) - exponent))
      : String(value);
  return text.includes(".") ? text : `${text}.0`;
}

const shortEscapes: { readonly [character: string]: string } = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\\": "\\\\",
};

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Python escapes control characters
  const escaped = text.replace(/[\\\u0000-\u001f\u007f-\u00a0\u00ad\u2028\u2029]/g, (character) => {
    const code = character.charCodeAt(0);
    const hex = code.toString(16);
    return (
      shortEscapes[character] ?? (code < 0x100 ? `\\x${hex.padStart(2, "0")}` : `\\u${hex.padStart(4, "0")}`)
    );
  });
  return `${quote}${quote === "'" ? escaped.replaceAll("'", "\\'") : escaped}${quote}`;
}
