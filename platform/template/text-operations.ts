// What Python's methods of `str` do, as functions that the methods and the filters share.
import { checkListLength, checkTextLength } from "./limits.ts";
import { charactersOf, isNumber, numberOf, typeName } from "./python-values.ts";
import { templateError } from "./template-error.ts";

export function isUpper(text: string): boolean {
  return text !== text.toLowerCase() && text === text.toUpperCase();
}

export function isLower(text: string): boolean {
  return text !== text.toUpperCase() && text === text.toLowerCase();
}

export function capitalized(text: string): string {
  const [first = "", ...rest] = charactersOf(text);
  return first.toUpperCase() + rest.join("").toLowerCase();
}

/** Python's `str.title`: every letter after a non-letter is large, so `it's` becomes `It'S`. */
export function titleCase(text: string): string {
  return text.replace(/\p{L}+/gu, capitalized);
}

export function swapped(text: string): string {
  return charactersOf(text)
    .map((character) =>
      character === character.toLowerCase() ? character.toUpperCase() : character.toLowerCase(),
    )
    .join("");
}

export function stripped(
  text: string,
  chars: string | null | undefined,
  side: "left" | "right" | "both",
): string {
  if (chars === undefined || chars === null) {
    return side === "both" ? text.trim() : side === "left" ? text.trimStart() : text.trimEnd();
  }
  const drop = new Set(charactersOf(textArgument(chars)));
  const characters = charactersOf(text);
  let start = 0;
  let end = characters.length;
  if (side !== "right") while (start < end && drop.has(characters[start] as string)) start += 1;
  if (side !== "left") while (end > start && drop.has(characters[end - 1] as string)) end -= 1;
  return characters.slice(start, end).join("");
}

export function replaced(text: string, old: string, fresh: string, count?: number | null): string {
  const most = mostOf(count);
  const times = Math.min(most, old === "" ? charactersOf(text).length + 1 : occurrences(text, old));
  checkTextLength(text.length + times * Math.max(0, fresh.length - old.length));
  if (old === "") {
    const characters = ["", ...charactersOf(text)];
    return characters.map((character, index) => character + (index < times ? fresh : "")).join("");
  }
  let result = "";
  let at = 0;
  for (let done = 0; done < times; done++) {
    const next = text.indexOf(old, at);
    result += text.slice(at, next) + fresh;
    at = next + old.length;
  }
  return result + text.slice(at);
}

export function occurrences(text: string, sub: string): number {
  return sub === "" ? charactersOf(text).length + 1 : text.split(sub).length - 1;
}

export function splitText(text: string, separator: string | null | undefined, most = -1): string[] {
  const limit = mostOf(most);
  const parts: string[] = [];
  if (separator === undefined || separator === null) {
    let rest = text.trimStart();
    while (rest !== "" && parts.length < limit) {
      const end = rest.search(/\s/);
      if (end === -1) break;
      parts.push(rest.slice(0, end));
      rest = rest.slice(end).trimStart();
    }
    if (rest !== "") parts.push(parts.length < limit ? rest.trimEnd() : rest);
    checkListLength(parts.length);
    return parts;
  }
  if (textArgument(separator) === "") throw templateError("the separator is empty");
  let at = 0;
  for (
    let next = text.indexOf(separator);
    next !== -1 && parts.length < limit;
    next = text.indexOf(separator, at)
  ) {
    parts.push(text.slice(at, next));
    at = next + separator.length;
  }
  parts.push(text.slice(at));
  checkListLength(parts.length);
  return parts;
}

export function splitFromRight(text: string, separator: string | null | undefined, most = -1): string[] {
  const reverse = (value: string): string => charactersOf(value).toReversed().join("");
  const mirrored =
    separator === undefined || separator === null ? separator : reverse(textArgument(separator));
  return splitText(reverse(text), mirrored, most).map(reverse).toReversed();
}

export function lines(text: string, keep: boolean): string[] {
  const found = text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? [];
  return keep ? [...found] : found.map((line) => line.replace(/(?:\r\n|\r|\n)$/, ""));
}

export function partitioned(text: string, separator: string, side: "left" | "right"): string[] {
  if (textArgument(separator) === "") throw templateError("the separator is empty");
  const at = side === "left" ? text.indexOf(separator) : text.lastIndexOf(separator);
  if (at === -1) return side === "left" ? [text, "", ""] : ["", "", text];
  return [text.slice(0, at), separator, text.slice(at + separator.length)];
}

export function joined(separator: string, parts: unknown): string {
  const items = typeof parts === "string" ? charactersOf(parts) : parts;
  if (!Array.isArray(items)) throw templateError(`\`join\` needs a list, not ${typeName(parts)}`);
  const bad = items.find((item) => typeof item !== "string");
  if (bad !== undefined)
    throw templateError(
      `\`join\` joins texts; the list holds ${typeName(bad)}`,
      "the filter `join` takes any value",
    );
  let length = 0;
  for (const item of items as string[]) length += item.length + separator.length;
  checkTextLength(length);
  return items.join(separator);
}

export function affixes(value: unknown): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.map((affix) => textArgument(affix));
}

export function part(text: string, start?: unknown, end?: unknown): string {
  const from = boundOf(start);
  const to = boundOf(end);
  return from === undefined && to === undefined ? text : charactersOf(text).slice(from, to).join("");
}

export function positionOf(
  text: string,
  sub: string,
  { start, end, search }: { start: unknown; end: unknown; search: "indexOf" | "lastIndexOf" },
): number {
  const inside = part(text, start, end);
  const at = inside[search](sub);
  if (at === -1) return -1;
  const { length } = charactersOf(text);
  const from = boundOf(start) ?? 0;
  const offset = from < 0 ? Math.max(0, length + from) : Math.min(from, length);
  return charactersOf(inside.slice(0, at)).length + offset;
}

function boundOf(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : wholeArgument(value);
}

function mostOf(count: unknown): number {
  const most = boundOf(count) ?? -1;
  return most < 0 ? Number.POSITIVE_INFINITY : most;
}

export function found(position: number): number {
  if (position === -1) throw templateError("the text is not found");
  return position;
}

export function zeroFilled(text: string, width: number): string {
  checkTextLength(width);
  const sign = /^[-+]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
}

export function justified(
  text: string,
  width: number,
  fill = " ",
  side: "left" | "right" | "center" = "left",
): string {
  checkTextLength(wholeArgument(width));
  if (charactersOf(textArgument(fill)).length !== 1) throw templateError("the fill is one character");
  const missing = width - charactersOf(text).length;
  if (missing <= 0) return text;
  // CPython puts the odd blank of `center` on the left when both the rest and the width are odd.
  const half = Math.floor(missing / 2) + (missing & width & 1);
  const left = side === "right" ? missing : side === "left" ? 0 : half;
  return fill.repeat(left) + text + fill.repeat(missing - left);
}

export function expanded(text: string, size: number): string {
  checkTextLength(text.length * Math.max(1, size));
  let column = 0;
  let result = "";
  for (const character of charactersOf(text)) {
    if (character === "\t") {
      const blanks = size <= 0 ? 0 : size - (column % size);
      result += " ".repeat(blanks);
      column += blanks;
    } else {
      result += character;
      column = character === "\n" || character === "\r" ? 0 : column + 1;
    }
  }
  return result;
}

export function textArgument(value: unknown): string {
  if (typeof value !== "string") throw templateError(`text is needed here, not ${typeName(value)}`);
  return value;
}

export function wholeArgument(value: unknown): number {
  if (!isNumber(value) || !Number.isInteger(numberOf(value))) {
    throw templateError(`a whole number is needed here, not ${typeName(value)}`);
  }
  return numberOf(value);
}
