import { isPlainObject, secretMask } from "../core/secret.ts";

/** Masks secrets in text and in the texts of plain data. */
export interface Redactor {
  text(text: string): string;
  data<T>(value: T): T;
  /** The length of the longest text that is masked; 0 without secrets. */
  readonly longest: number;
}

/** Shorter texts stand everywhere by chance, so that masking them would hide what is no secret. */
const shortestSecret = 4;

/** Hides the secrets as they are, in base64, encoded for URLs, and escaped for JSON. */
export function createRedactor(secrets: readonly string[]): Redactor {
  const variants = [...new Set(secrets.flatMap(variantsOf))].toSorted((a, b) => b.length - a.length);
  if (variants.length === 0) return { text: (text) => text, data: (value) => value, longest: 0 };
  const pattern = new RegExp(variants.map((variant) => RegExp.escape(variant)).join("|"), "g");
  const text = (value: string) => value.replace(pattern, secretMask);
  const data = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(data);
    if (!isPlainObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), data(item)]));
  };
  return { text, data: data as Redactor["data"], longest: (variants[0] as string).length };
}

function variantsOf(secret: string): string[] {
  // Output is masked line by line, so that a key of several lines has to be known by its lines too.
  const lines = secret.includes("\n") ? secret.split(/\r?\n/) : [];
  return [secret, ...lines.filter((line) => line.length >= 8)]
    .filter((text) => text.trim().length >= shortestSecret)
    .flatMap((text) => [
      text,
      JSON.stringify(text).slice(1, -1),
      encodeURIComponent(text.toWellFormed()),
      new URLSearchParams([["", text]]).toString().slice(1),
      ...base64Of(text),
    ]);
}

/** The text in base64 wherever it begins inside a longer one; only the characters that it alone decides. */
function base64Of(text: string): string[] {
  const bytes = Buffer.from(text);
  if (bytes.length < 6) return [bytes.toString("base64")];
  return [0, 1, 2].flatMap((shift) => {
    const encoded = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor(((shift + bytes.length) * 8) / 6);
    const known = encoded.slice(from, to);
    return [known, known.replaceAll("+", "-").replaceAll("/", "_")];
  });
}
