import { templateLimit } from "./template-error.ts";

/**
 * Steps of one evaluation: parts of expressions, items that are gone over, and 128 characters of text each count one.
 * A template that people write takes a few dozen; this many take about a tenth of a second.
 */
export const mostSteps = 500_000;

/** UTF-16 units of any text that is made on the way, and items of any list. */
export const longestText = 1_000_000;

export const longestList = 100_000;

/** Throws before a text of this length is made. */
export function checkTextLength(length: number): void {
  if (length > longestText)
    throw templateLimit(`a text grows beyond ${longestText.toLocaleString("en")} characters`);
}

export function checkListLength(length: number): void {
  if (length > longestList)
    throw templateLimit(`a list grows beyond ${longestList.toLocaleString("en")} items`);
}
