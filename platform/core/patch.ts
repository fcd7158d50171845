import type { CodeReference } from "./code-reference.ts";
import type { Span } from "./span.ts";

/**
 * A change to asset specs by selection, found while loading and applied at the merge: post-processing and a
 * folder's defaults. `component` makes them, `graph` applies them; they meet only here.
 */
export interface DeferredPatch {
  /** Text of a selection, resolved among the assets inside `folder` (and `documents`, if given). */
  readonly selection: string;
  /**
   * `merge` merges tags and metadata and replaces other fields; `replace` replaces all given fields;
   * `default` sets only what nothing nearer to the asset has set; `overwrite` sets whatever was there.
   */
  readonly operation: "merge" | "replace" | "default" | "overwrite";
  /** Attributes as written (snake_case), with templates unevaluated; `asset` is in their scope. */
  readonly fields: { readonly [attribute: string]: unknown };
  readonly span: Span;
  /** Where the selection is written; absent where it is not, or not known. */
  readonly selectionSpan?: Span;
  /** Where each field was written. */
  readonly fieldPlaces: { readonly [attribute: string]: CodeReference };
  /** Folder below the project whose assets it may change, with `/` and without one at the end. */
  readonly folder: string;
  /** Only assets of this document, for the post-processing of a component that is no folder's own. */
  readonly document?: number;
  readonly file: string;
}
