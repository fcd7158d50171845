import { parseCriterion } from "./parse-criterion.ts";
import { NodeSelectionError, type TextPlace } from "./selection-error.ts";
import type { IndirectSelection, SelectionTree } from "./selection-tree.ts";

/** What `--select` and `--exclude` say; a list is read as its texts with blanks between them. */
export type SelectionText = string | readonly string[];

/** What dbt chooses where nothing is selected. */
const everything = "fqn:* source:* exposure:* metric:* semantic_model:*";

/** The tree of `--select` and `--exclude`. Throws NodeSelectionError. */
export function parseSelection(
  select: SelectionText | undefined,
  exclude: SelectionText | undefined,
  indirect: IndirectSelection,
): SelectionTree {
  const included =
    select === undefined
      ? withoutTexts(parseUnion(everything, indirect, "select"))
      : parseUnion(select, indirect, "select");
  const excluded = exclude === undefined ? undefined : parseUnion(exclude, indirect, "exclude");
  const parts = excluded === undefined ? [included] : [included, excluded];
  return { kind: "difference", parts, indirect: "eager" };
}

/** Blanks unite and commas intersect, which binds closer. */
function parseUnion(written: SelectionText, indirect: IndirectSelection, of: TextPlace["of"]): SelectionTree {
  const text = typeof written === "string" ? written : written.join(" ");
  const words = [...text.matchAll(/\S+/g)];
  if (words.length === 0) throw new NodeSelectionError("the selection is empty");
  return {
    kind: "union",
    indirect,
    parts: words.map(({ 0: word, index }) => {
      let start = index;
      const parts = word.split(",").map((part) => {
        const criterion = parseCriterion(part, indirect, { of, start });
        start += part.length + 1;
        return criterion;
      });
      return { kind: "intersection", indirect, parts, text: word };
    }),
  };
}

/** Nobody asked for what stands in for a selection, so it may choose nothing. */
function withoutTexts(tree: SelectionTree): SelectionTree {
  if (tree.kind === "criterion") return tree;
  return { kind: tree.kind, indirect: tree.indirect, parts: tree.parts.map(withoutTexts) };
}
