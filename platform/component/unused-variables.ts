import type { Problem } from "../core/problem.ts";
import type { Span } from "../core/span.ts";
import { isFolderType } from "./built-in-components.ts";
import type { KeptDocument } from "./document-records.ts";
import { problemAt } from "./make-problem.ts";

/** A document that makes template variables. */
export interface VariableOwner {
  readonly document: KeptDocument;
  /** Of the name of its module. */
  span(): Span;
}

/** Template variables that no template uses: neither of their document nor, for a folder's, of one below. */
export function unusedVariableProblems(
  owners: readonly VariableOwner[],
  kept: readonly KeptDocument[],
): Problem[] {
  return owners.flatMap(({ document, span }) => {
    const { loaded, ownedNames } = document;
    const isFolder = isFolderType(loaded.type);
    const users = isFolder
      ? kept.filter(
          ({ loaded: { folder } }) => folder === loaded.folder || folder.startsWith(`${loaded.folder}/`),
        )
      : [document];
    // A document that failed may not have come to its templates.
    if (users.some(({ loaded: { status } }) => status === "quarantined")) return [];
    const used = new Set(users.flatMap(({ usedNames }) => usedNames));
    return ownedNames
      .filter((name) => !used.has(name))
      .map((name) =>
        problemAt(span(), "unused-template-variable", `no template uses the variable \`${name}\``, {
          severity: "warning",
          path: "template_vars_module",
          hint: "remove it, or use it",
        }),
      );
  });
}
