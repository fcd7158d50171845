// `dbt/selection` chooses nodes of a manifest as dbt itself does, without dbt.
import { type DbtManifest, type DbtNode, parentsOf } from "../manifest.ts";
import { dbtAbilities } from "./dbt-abilities.ts";
import { nodeTest, type SelectionSubject } from "./node-methods.ts";
import { parseSelection, type SelectionText } from "./parse-selection.ts";
import { matchesPattern } from "./pattern.ts";
import { NodeSelectionError } from "./selection-error.ts";
import type { SelectionState } from "./selection-state.ts";
import type { Criterion, IndirectSelection, SelectionTree } from "./selection-tree.ts";
import { defaultSelector, parseSelector, type SelectorDefinitions } from "./yaml-selectors.ts";

export interface NodeSelection {
  readonly select?: SelectionText;
  readonly exclude?: SelectionText;
  /** Name of a selector of the project, which stands alone: `select` and `exclude` do not count then. */
  readonly selector?: string;
  /** `eager` unless given. */
  readonly indirectSelection?: IndirectSelection;
  readonly state?: SelectionState;
  /** Those of the manifest unless given. */
  readonly selectors?: SelectorDefinitions;
}

export interface SelectedNodes {
  readonly ids: ReadonlySet<string>;
  /** Criteria that found nothing, as written; dbt warns of them. */
  readonly unmatched: readonly string[];
}

/**
 * The nodes that dbt would choose for `--select`, `--exclude`, `--selector` and `--indirect-selection`. Where nothing is
 * selected it is the project's default selector, if it has one, else everything. Throws NodeSelectionError.
 */
export function selectNodes(manifest: DbtManifest, selection: NodeSelection): SelectedNodes {
  return new NodeSelector(manifest, selection).select();
}

/** Chosen nodes, and tests that were left out so far since not all of their nodes are chosen. */
interface Chosen {
  readonly direct: Set<string>;
  /** Holds `direct` as well once parts are combined. */
  readonly indirect: Set<string>;
}

const never = new Set(["analysis", "operation", "sql_operation", "rpc"]);

class NodeSelector {
  readonly #manifest: DbtManifest;
  readonly #selection: NodeSelection;
  readonly #subject: SelectionSubject;
  readonly #unmatched = new Set<string>();
  /** Selectors that are being evaluated, from the outermost. */
  readonly #open: string[] = [];

  constructor(manifest: DbtManifest, selection: NodeSelection) {
    this.#manifest = manifest;
    this.#selection = selection;
    this.#subject = {
      manifest,
      state: selection.state ?? {},
      abilities: dbtAbilities(manifest.version),
      ofSelectors: (pattern) => this.#ofSelectors(pattern),
    };
  }

  select(): SelectedNodes {
    const { direct } = this.#evaluate(this.#tree());
    return { ids: this.#listed(direct), unmatched: [...this.#unmatched] };
  }

  #tree(): SelectionTree {
    const { select, exclude, selector } = this.#selection;
    if (selector !== undefined) return this.#selectorTree(selector);
    const fallback =
      select === undefined && exclude === undefined ? defaultSelector(this.#selectors) : undefined;
    if (fallback !== undefined) return this.#selectorTree(fallback);
    return parseSelection(select, exclude, this.#indirect);
  }

  #selectorTree(name: string): SelectionTree {
    const inlines = !this.#subject.abilities.hasSelectorMethod;
    return parseSelector(name, this.#selectors, { indirect: this.#indirect, inlines });
  }

  get #selectors(): SelectorDefinitions {
    return this.#selection.selectors ?? this.#manifest.selectors;
  }

  get #indirect(): IndirectSelection {
    return this.#selection.indirectSelection ?? "eager";
  }

  #evaluate(tree: SelectionTree): Chosen {
    if (tree.kind === "criterion") return this.#evaluateCriterion(tree);
    const parts = tree.parts.map((part) => this.#evaluate(part));
    const direct = combined(
      tree.kind,
      parts.map((part) => part.direct),
    );
    const indirect = combined(
      tree.kind,
      parts.map((part) => part.direct.union(part.indirect)),
    );
    const regained = this.#regained(direct, indirect, tree.indirect);
    if (tree.text !== undefined && regained.size === 0) this.#unmatched.add(tree.text);
    return { direct: regained, indirect };
  }

  #evaluateCriterion(criterion: Criterion): Chosen {
    const isOf = nodeTest(criterion, this.#subject);
    const found = new Set<string>();
    for (const [id, node] of this.#manifest.nodes) if (isOf(node)) found.add(id);
    const spread = this.#spread(found, criterion);
    // What a selector leaves out on purpose must not come back.
    const expands = criterion.indirect !== "empty" && criterion.method !== "selector";
    return expands ? this.#withTests(spread, criterion.indirect) : { direct: spread, indirect: new Set() };
  }

  #spread(found: Set<string>, { withAncestorsOfDescendants, up, down }: Criterion): Set<string> {
    let spread = found;
    if (withAncestorsOfDescendants) {
      const below = this.#reach(found, "down", Number.POSITIVE_INFINITY);
      spread = this.#reach(below, "up", Number.POSITIVE_INFINITY);
    }
    if (up > 0) spread = spread.union(this.#reach(found, "up", up));
    return down > 0 ? spread.union(this.#reach(found, "down", down)) : spread;
  }

  /** `start` and everything at most `depth` steps from it. */
  #reach(start: ReadonlySet<string>, direction: "up" | "down", depth: number): Set<string> {
    const next = (id: string): readonly string[] =>
      direction === "up" ? this.#parents(id) : this.#children(id);
    const reached = new Set(start);
    let edge = [...start];
    for (let step = 0; step < depth && edge.length > 0; step++) {
      const found = edge.flatMap(next).filter((id) => !reached.has(id));
      for (const id of found) reached.add(id);
      edge = [...new Set(found)];
    }
    return reached;
  }

  #withTests(chosen: Set<string>, mode: IndirectSelection): Chosen {
    const direct = new Set(chosen);
    const indirect = new Set<string>();
    const reachable = mode === "buildable" ? this.#reach(chosen, "up", Number.POSITIVE_INFINITY) : chosen;
    const isAtHand = (id: string): boolean =>
      reachable.has(id) || (mode === "buildable" && this.#manifest.nodes.get(id)?.resource_type === "source");
    for (const id of chosen) {
      for (const child of this.#children(id)) {
        const test = this.#manifest.nodes.get(child) as DbtNode;
        if (!isTest(test) || direct.has(child)) continue;
        if (mode === "eager" || testedBy(test).every(isAtHand)) direct.add(child);
        else indirect.add(child);
      }
    }
    return { direct, indirect };
  }

  /** dbt does not look at unit tests again, which are about one model only. */
  #regained(direct: Set<string>, indirect: ReadonlySet<string>, mode: IndirectSelection): Set<string> {
    if (mode !== "cautious" && mode !== "buildable") return direct;
    const open = [...indirect].filter(
      (id) => !direct.has(id) && this.#manifest.nodes.get(id)?.resource_type !== "unit_test",
    );
    if (open.length === 0) return direct;
    const atHand =
      mode === "buildable" ? this.#reach(direct, "up", Number.POSITIVE_INFINITY) : new Set(direct);
    const regained = new Set(direct);
    for (const id of open) {
      const node = this.#manifest.nodes.get(id) as DbtNode;
      if (testedBy(node).every((parent) => atHand.has(parent))) regained.add(id);
    }
    return regained;
  }

  #ofSelectors(pattern: string): ReadonlySet<string> {
    const names = [...this.#selectors.keys()].filter((name) => matchesPattern(name, pattern)).sort();
    if (names.length === 0) {
      throw new NodeSelectionError(`no selector of the project is called \`${pattern}\``);
    }
    const chosen = new Set<string>();
    for (const name of names) {
      if (this.#open.includes(name)) {
        const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(" → ");
        throw new NodeSelectionError(`selectors name each other in a circle: ${circle}`);
      }
      this.#open.push(name);
      for (const id of this.#listed(this.#evaluate(this.#selectorTree(name)).direct)) chosen.add(id);
      this.#open.pop();
    }
    return chosen;
  }

  #listed(chosen: ReadonlySet<string>): Set<string> {
    const listed = new Set<string>();
    for (const id of chosen) {
      const node = this.#manifest.nodes.get(id) as DbtNode;
      if (!never.has(node.resource_type) && !isEmpty(node)) listed.add(id);
    }
    return listed;
  }

  #parents(id: string): readonly string[] {
    return parentsOf(this.#manifest.nodes.get(id) as DbtNode, this.#manifest);
  }

  #children(id: string): readonly string[] {
    return this.#manifest.children.get(id) ?? [];
  }
}

function combined(
  kind: "union" | "intersection" | "difference",
  [first, ...others]: readonly Set<string>[],
): Set<string> {
  let chosen = new Set(first);
  for (const other of others) {
    if (kind === "union") for (const id of other) chosen.add(id);
    else chosen = kind === "intersection" ? chosen.intersection(other) : chosen.difference(other);
  }
  return chosen;
}

function isTest({ resource_type }: DbtNode): boolean {
  return resource_type === "test" || resource_type === "unit_test";
}

/** All that a test names, also what is switched off. */
function testedBy(test: DbtNode): readonly string[] {
  return test.depends_on?.nodes ?? [];
}

const neverEmpty = new Set([
  "seed",
  "source",
  "exposure",
  "metric",
  "semantic_model",
  "saved_query",
  "unit_test",
  "function",
]);

/** dbt leaves out what has a file of code that holds nothing, and nodes of other projects, whose code it does not know. */
function isEmpty({ resource_type, raw_code }: DbtNode): boolean {
  return (
    !neverEmpty.has(resource_type) && raw_code !== undefined && raw_code !== null && raw_code.trim() === ""
  );
}
