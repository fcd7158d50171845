import { didYouMean } from "#platform";
import { NodeSelectionError } from "./selection-error.ts";
import type { Criterion } from "./selection-tree.ts";

/** The value of a criterion is none of the words that its method knows. */
export function unknownWord(
  kind: string,
  { value, place }: Criterion,
  known: readonly string[],
): NodeSelectionError {
  const word = String(value);
  return new NodeSelectionError(`there is no ${kind} \`${word}\``, {
    place,
    hint: didYouMean(word, known) ?? `known: ${known.join(", ")}`,
  });
}

/** The criterion asks about an earlier run, of which `file` is not there. */
export function missingState(file: string, { text, place }: Criterion): NodeSelectionError {
  return new NodeSelectionError(
    `\`${text}\` compares with an earlier state, and there is no ${file} of one`,
    {
      place,
      hint: "name the folder that holds the artifacts of the earlier run as `state`",
    },
  );
}
