import { checkTextLength } from "./limits.ts";
import { percentFormat } from "./python-format.ts";
import { textOf } from "./python-text.ts";
import { charactersOf, entriesOf, isMapping, itemsOf } from "./python-values.ts";
import { type Operation, openOperation, operation } from "./signature.ts";
import { templateError } from "./template-error.ts";
import {
  capitalized,
  justified,
  replaced,
  stripped,
  textArgument,
  wholeArgument,
} from "./text-operations.ts";

export const textFilters: readonly (readonly [string, Operation])[] = Object.entries({
  upper: operation("", (_, value: unknown) => textOf(value).toUpperCase()),
  lower: operation("", (_, value: unknown) => textOf(value).toLowerCase()),
  capitalize: operation("", (_, value: unknown) => capitalized(textOf(value))),
  title: operation("", (_, value: unknown) => titled(textOf(value))),
  trim: operation("chars?", (_, value: unknown, chars?: string | null) =>
    stripped(textOf(value), chars, "both"),
  ),
  string: operation("", (_, value: unknown) => textOf(value)),
  replace: operation("old new count?", (_, value: unknown, old: unknown, fresh: unknown, count?: number) =>
    replaced(textOf(value), textOf(old), textOf(fresh), count),
  ),
  center: operation("width?", (_, value: unknown, width?: number) =>
    justified(textOf(value), width ?? 80, " ", "center"),
  ),
  format: openOperation((_, value: unknown, values, named) => {
    const isNamed = Object.keys(named).length > 0;
    if (isNamed && values.length > 0)
      throw templateError("`format` takes positional or named values, not both");
    return percentFormat(textOf(value), isNamed ? [named] : values);
  }),
  indent: operation(
    "width? first? blank?",
    (_, value: unknown, width?: unknown, first?: boolean, blank?: boolean) =>
      indented(textOf(value), width ?? 4, { first: first === true, blank: blank === true }),
  ),
  truncate: operation(
    "length? killwords? end? leeway?",
    (_, value: unknown, length?: number, killwords?: boolean, end?: string, leeway?: number) =>
      truncated(textOf(value), {
        length: length ?? 255,
        killwords: killwords === true,
        end: end ?? "...",
        leeway: leeway ?? 5,
      }),
  ),
  wordcount: operation("", (_, value: unknown) => textOf(value).match(/[\p{L}\p{N}_]+/gu)?.length ?? 0),
  urlencode: operation("", (_, value: unknown) => urlEncoded(value)),
} satisfies Record<string, Operation>);

/** Jinja's `title` keeps words that hold an apostrophe together: `it's` becomes `It's`. */
function titled(text: string): string {
  return text
    .split(/([-\s({[<]+)/)
    .filter((part) => part !== "")
    .map((part) => capitalized(part))
    .join("");
}

function indented(
  text: string,
  width: unknown,
  { first, blank }: { first: boolean; blank: boolean },
): string {
  const prefix = typeof width === "string" ? width : " ".repeat(checkedWidth(wholeArgument(width)));
  const lines = text.split(/\r\n|\r|\n/);
  checkTextLength(text.length + lines.length * prefix.length);
  const [head = "", ...rest] = lines;
  const body = rest.map((line) => (line !== "" || blank ? prefix + line : line));
  return [first ? prefix + head : head, ...body].join("\n");
}

function checkedWidth(width: number): number {
  checkTextLength(width);
  return Math.max(0, width);
}

interface Truncation {
  readonly length: number;
  readonly killwords: boolean;
  readonly end: string;
  readonly leeway: number;
}

function truncated(text: string, { length, killwords, end, leeway }: Truncation): string {
  const characters = charactersOf(text);
  const limit = wholeArgument(length);
  const mark = charactersOf(textArgument(end));
  if (limit < mark.length) throw templateError(`\`truncate\` needs a length of at least ${mark.length}`);
  if (characters.length <= limit + wholeArgument(leeway)) return text;
  const cut = characters.slice(0, limit - mark.length).join("");
  if (killwords) return cut + end;
  const lastBlank = cut.lastIndexOf(" ");
  return (lastBlank === -1 ? cut : cut.slice(0, lastBlank)) + end;
}

function urlEncoded(value: unknown): string {
  if (typeof value === "string") return quoteUrl(value, "/");
  if (!Array.isArray(value) && !isMapping(value)) return quoteUrl(textOf(value), "/");
  const pairs = isMapping(value) ? entriesOf(value) : value.map((pair) => itemsOf(pair));
  return pairs
    .map(([name, item]) =>
      `${quoteUrl(textOf(name), "")}=${quoteUrl(textOf(item), "")}`.replaceAll("%20", "+"),
    )
    .join("&");
}

function quoteUrl(text: string, safe: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => {
    const character = String.fromCharCode(byte);
    const kept = /[A-Za-z0-9_.~-]/.test(character) || safe.includes(character);
    return kept ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}
