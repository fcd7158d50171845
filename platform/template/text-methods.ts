import { momentOperations } from "./moment-operations.ts";
import { braceFormat } from "./python-format.ts";
import { type Operation, openOperation, operation } from "./signature.ts";
import {
  affixes,
  capitalized,
  expanded,
  found,
  isLower,
  isUpper,
  joined,
  justified,
  lines,
  occurrences,
  part,
  partitioned,
  positionOf,
  replaced,
  splitFromRight,
  splitText,
  stripped,
  swapped,
  textArgument,
  titleCase,
  wholeArgument,
  zeroFilled,
} from "./text-operations.ts";

/** Python's methods of `str`, with Python's meaning: `replace` replaces all, `split()` splits at blanks. */
export const textMethods: ReadonlyMap<string, Operation> = new Map(
  Object.entries({
    upper: operation("", (_, text: string) => text.toUpperCase()),
    lower: operation("", (_, text: string) => text.toLowerCase()),
    casefold: operation("", (_, text: string) => text.toLowerCase().replaceAll("ß", "ss")),
    capitalize: operation("", (_, text: string) => capitalized(text)),
    title: operation("", (_, text: string) => titleCase(text)),
    swapcase: operation("", (_, text: string) => swapped(text)),
    strip: operation("chars?", (_, text: string, chars?: string | null) => stripped(text, chars, "both")),
    lstrip: operation("chars?", (_, text: string, chars?: string | null) => stripped(text, chars, "left")),
    rstrip: operation("chars?", (_, text: string, chars?: string | null) => stripped(text, chars, "right")),
    removeprefix: operation("prefix", (_, text: string, prefix: string) =>
      text.startsWith(textArgument(prefix)) ? text.slice(prefix.length) : text,
    ),
    removesuffix: operation("suffix", (_, text: string, suffix: string) =>
      text.endsWith(textArgument(suffix)) ? text.slice(0, text.length - suffix.length) : text,
    ),
    replace: operation("old new count?", (_, text: string, old: string, fresh: string, count?: number) =>
      replaced(text, textArgument(old), textArgument(fresh), count),
    ),
    split: operation("sep? maxsplit?", (_, text: string, separator?: string | null, most?: number) =>
      splitText(text, separator, most),
    ),
    rsplit: operation("sep? maxsplit?", (_, text: string, separator?: string | null, most?: number) =>
      splitFromRight(text, separator, most),
    ),
    splitlines: operation("keepends?", (_, text: string, keep?: boolean) => lines(text, keep === true)),
    partition: operation("sep", (_, text: string, separator: string) => partitioned(text, separator, "left")),
    rpartition: operation("sep", (_, text: string, separator: string) =>
      partitioned(text, separator, "right"),
    ),
    join: operation("iterable", (_, text: string, parts: readonly unknown[]) => joined(text, parts)),
    startswith: operation(
      "prefix start? end?",
      (_, text: string, prefix: unknown, start?: number, end?: number) =>
        affixes(prefix).some((affix) => part(text, start, end).startsWith(affix)),
    ),
    endswith: operation(
      "suffix start? end?",
      (_, text: string, suffix: unknown, start?: number, end?: number) =>
        affixes(suffix).some((affix) => part(text, start, end).endsWith(affix)),
    ),
    find: operation("sub start? end?", (_, text: string, sub: string, start?: number, end?: number) =>
      positionOf(text, textArgument(sub), { start, end, search: "indexOf" }),
    ),
    rfind: operation("sub start? end?", (_, text: string, sub: string, start?: number, end?: number) =>
      positionOf(text, textArgument(sub), { start, end, search: "lastIndexOf" }),
    ),
    index: operation("sub start? end?", (_, text: string, sub: string, start?: number, end?: number) =>
      found(positionOf(text, textArgument(sub), { start, end, search: "indexOf" })),
    ),
    rindex: operation("sub start? end?", (_, text: string, sub: string, start?: number, end?: number) =>
      found(positionOf(text, textArgument(sub), { start, end, search: "lastIndexOf" })),
    ),
    count: operation("sub start? end?", (_, text: string, sub: string, start?: number, end?: number) =>
      occurrences(part(text, start, end), textArgument(sub)),
    ),
    zfill: operation("width", (_, text: string, width: number) => zeroFilled(text, wholeArgument(width))),
    ljust: operation("width fillchar?", (_, text: string, width: number, fill?: string) =>
      justified(text, width, fill, "left"),
    ),
    rjust: operation("width fillchar?", (_, text: string, width: number, fill?: string) =>
      justified(text, width, fill, "right"),
    ),
    center: operation("width fillchar?", (_, text: string, width: number, fill?: string) =>
      justified(text, width, fill, "center"),
    ),
    expandtabs: operation("tabsize?", (_, text: string, size?: number) =>
      expanded(text, size === undefined ? 8 : wholeArgument(size)),
    ),
    format: openOperation((_, text: string, values, named) => braceFormat(text, values, named)),
    isdigit: operation("", (_, text: string) => /^[\p{Nd}\p{No}]+$/u.test(text) && !/[¼-¾]/.test(text)),
    isnumeric: operation("", (_, text: string) => /^[\p{Nd}\p{No}\p{Nl}]+$/u.test(text)),
    isdecimal: operation("", (_, text: string) => /^\p{Nd}+$/u.test(text)),
    isalpha: operation("", (_, text: string) => /^\p{L}+$/u.test(text)),
    isalnum: operation("", (_, text: string) => /^[\p{L}\p{Nd}\p{No}\p{Nl}]+$/u.test(text)),
    isspace: operation("", (_, text: string) => /^\s+$/.test(text)),
    isupper: operation("", (_, text: string) => isUpper(text)),
    islower: operation("", (_, text: string) => isLower(text)),
    istitle: operation("", (_, text: string) => /\p{L}/u.test(text) && titleCase(text) === text),
    isidentifier: operation("", (_, text: string) => /^[\p{L}_][\p{L}\p{N}_]*$/u.test(text)),
    ...Object.fromEntries(momentOperations),
  } satisfies Record<string, Operation>),
);
