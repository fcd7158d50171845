import type { DbtSourceResult } from "../artifacts.ts";
import type { DbtManifest, DbtNode } from "../manifest.ts";
import { changedMacros } from "./changed-macros.ts";
import { missingState, unknownWord } from "./method-errors.ts";
import type { NodeTest } from "./node-test.ts";
import {
  isParsed,
  sameBody,
  sameConfig,
  sameContents,
  sameContract,
  sameDescription,
  sameRelation,
} from "./same-node.ts";
import type { SelectionState } from "./selection-state.ts";
import type { Criterion } from "./selection-tree.ts";

type Earlier = DbtNode | undefined;

interface Comparison {
  readonly earlier: Earlier;
  /** Whether a macro that the node uses, or one below that, is new or another. */
  readonly hasChangedMacros: boolean;
}

/** The words of `state:` and the nodes that they mean. */
const stateWords: { readonly [word: string]: (node: DbtNode, comparison: Comparison) => boolean } = {
  new: (_node, { earlier }) => earlier === undefined,
  old: (_node, { earlier }) => earlier !== undefined,
  modified: isModified,
  unmodified: (node, comparison) => !isModified(node, comparison),
  "modified.body": differs(sameBody, isParsed),
  "modified.configs": differs(sameConfig, ({ resource_type: type }) => type !== "unit_test"),
  "modified.persisted_descriptions": differs(sameDescription, isParsed),
  "modified.relation": differs(sameRelation, (node) => isParsed(node) || node.resource_type === "source"),
  "modified.macros": (_node, { hasChangedMacros }) => hasChangedMacros,
  "modified.contract": differs(sameContract, isParsed),
};

/** Whether nodes compare so with those of the earlier manifest. Throws NodeSelectionError. */
export function stateChange(
  value: string,
  { manifest, state, criterion }: { manifest: DbtManifest; state: SelectionState; criterion: Criterion },
): NodeTest {
  const { manifest: earlier } = state;
  const test = Object.hasOwn(stateWords, value) ? stateWords[value] : undefined;
  if (test === undefined) throw unknownWord("state", criterion, Object.keys(stateWords));
  if (earlier === undefined) throw missingState("manifest.json", criterion);
  const macros = changedMacros(earlier, manifest);
  return (node) =>
    test(node, {
      earlier: earlier.nodes.get(node.unique_id) ?? earlier.disabled.get(node.unique_id),
      hasChangedMacros: macros.size > 0 && (node.depends_on?.macros ?? []).some((id) => macros.has(id)),
    });
}

/** Whether a source was loaded since: later than before, or for the first time. */
export function isFresher(
  id: string,
  before: readonly DbtSourceResult[],
  now: readonly DbtSourceResult[],
): boolean {
  const loaded = loadedAt(id, now);
  const earlier = loadedAt(id, before);
  if (loaded === undefined) return false;
  return earlier === undefined || Temporal.Instant.compare(loaded, earlier) > 0;
}

function loadedAt(id: string, results: readonly DbtSourceResult[]): Temporal.Instant | undefined {
  const written = results.find(({ uniqueId }) => uniqueId === id)?.maxLoadedAt;
  return written === undefined ? undefined : Temporal.Instant.from(written);
}

function isModified(node: DbtNode, { earlier, hasChangedMacros }: Comparison): boolean {
  return hasChangedMacros || !sameContents(earlier, node);
}

/** What is new differs in all that it has. */
function differs(same: (earlier: DbtNode, node: DbtNode) => boolean, has: (node: DbtNode) => boolean) {
  return (node: DbtNode, { earlier }: Comparison): boolean =>
    has(node) && (earlier === undefined || !same(earlier, node));
}
