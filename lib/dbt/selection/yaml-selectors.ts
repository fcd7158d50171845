import { didYouMean, isPlainObject } from "#platform";
import { methodOf, parseCriterion } from "./parse-criterion.ts";
import { NodeSelectionError } from "./selection-error.ts";
import {
  type Criterion,
  type IndirectSelection,
  indirectSelections,
  type SelectionTree,
} from "./selection-tree.ts";

/** Selectors of a project by name, as YAML values: `{definition, default?, description?}`. */
export type SelectorDefinitions = ReadonlyMap<string, { readonly [key: string]: unknown }>;

/** The selectors of a `selectors.yml` that was read as YAML. Throws NodeSelectionError. */
export function selectorsOfFile(file: unknown): SelectorDefinitions {
  const written = isPlainObject(file) ? file["selectors"] : undefined;
  if (!Array.isArray(written))
    throw new NodeSelectionError("a selectors file holds a list under `selectors`");
  const selectors = new Map<string, { readonly [key: string]: unknown }>();
  for (const [at, selector] of written.entries()) {
    if (
      !isPlainObject(selector) ||
      typeof selector["name"] !== "string" ||
      selector["definition"] === undefined
    )
      throw new NodeSelectionError(`selector ${at + 1} of the file has no \`name\` and \`definition\``);
    selectors.set(selector["name"], selector);
  }
  return selectors;
}

/** The selector that dbt takes where nothing is selected: the last one with `default: true`. */
export function defaultSelector(selectors: SelectorDefinitions): string | undefined {
  return [...selectors].findLast(([, { default: isDefault }]) => isDefault === true)?.[0];
}

export interface SelectorOptions {
  /** Of criteria that do not say it. */
  readonly indirect: IndirectSelection;
  /** Before dbt 1.12, `method: selector` puts the other selector's definition in its place. */
  readonly inlines: boolean;
}

/** The tree of one selector. Throws NodeSelectionError. */
export function parseSelector(
  name: string,
  selectors: SelectorDefinitions,
  options: SelectorOptions,
): SelectionTree {
  return new SelectorParser(selectors, options).parseNamed(name);
}

type Definition = { readonly [key: string]: unknown };

class SelectorParser {
  readonly #selectors: SelectorDefinitions;
  readonly #options: SelectorOptions;
  readonly #open: string[] = [];

  constructor(selectors: SelectorDefinitions, options: SelectorOptions) {
    this.#selectors = selectors;
    this.#options = options;
  }

  parseNamed(name: string): SelectionTree {
    const selector = this.#selectors.get(name);
    if (selector === undefined) {
      const known = [...this.#selectors.keys()];
      throw new NodeSelectionError(`there is no selector \`${name}\``, {
        hint:
          didYouMean(name, known) ??
          (known.length === 0 ? "the project has no selectors" : `known: ${known.join(", ")}`),
      });
    }
    if (this.#open.includes(name)) {
      const circle = [...this.#open.slice(this.#open.indexOf(name)), name].join(" → ");
      throw new NodeSelectionError(`selectors name each other in a circle: ${circle}`);
    }
    this.#open.push(name);
    try {
      return this.#parseRoot(selector["definition"]);
    } catch (error) {
      if (!(error instanceof NodeSelectionError) || this.#open.length > 1) throw error;
      throw new NodeSelectionError(`selector \`${name}\`: ${error.message}`, { hint: error.hint });
    } finally {
      this.#open.pop();
    }
  }

  #parseRoot(definition: unknown): SelectionTree {
    const keys = isPlainObject(definition) ? Object.keys(definition) : [];
    const operator = keys.find((key) => key === "union" || key === "intersection");
    if (operator !== undefined && keys.length > 1) {
      throw new NodeSelectionError(`beside \`${operator}\` nothing may stand, here: ${keys.join(", ")}`, {
        hint: `move \`exclude\` into the list of \`${operator}\``,
      });
    }
    return this.#parse(definition);
  }

  #parse(definition: unknown): SelectionTree {
    if (typeof definition === "string") return parseCriterion(definition, this.#options.indirect);
    if (!isPlainObject(definition)) {
      throw new NodeSelectionError(`${JSON.stringify(definition)} is no definition`, {
        hint: "write a text, `{method, value}`, `union` or `intersection`",
      });
    }
    if ("union" in definition) return this.#parseGroup("union", definition["union"]);
    if ("intersection" in definition) return this.#parseGroup("intersection", definition["intersection"]);
    return this.#parseMapping(definition);
  }

  /** dbt looks again at the tests of combined parts only in text, so groups are eager here. */
  #parseGroup(kind: "union" | "intersection", written: unknown): SelectionTree {
    const parts: SelectionTree[] = [];
    let exclusion: { readonly tree: SelectionTree | undefined } | undefined;
    for (const definition of listOf(written, kind)) {
      if (isPlainObject(definition) && "exclude" in definition) {
        // dbt counts a second one as such only if the first excludes anything.
        if (exclusion?.tree !== undefined)
          throw new NodeSelectionError(`a \`${kind}\` has two \`exclude\``, {
            hint: "put both into one list",
          });
        exclusion = { tree: this.#parseExclusions(definition["exclude"]) };
      } else parts.push(this.#parse(definition));
    }
    const group: SelectionTree = { kind, parts, indirect: "eager" };
    return without(group, exclusion?.tree);
  }

  #parseExclusions(written: unknown): SelectionTree | undefined {
    const parts = listOf(written, "exclude").map((definition) => this.#parse(definition));
    return parts.length > 1 ? { kind: "union", parts, indirect: "eager" } : parts[0];
  }

  #parseMapping(definition: Definition): SelectionTree {
    const keys = Object.keys(definition);
    const [only] = keys;
    if (keys.length === 1 && only !== undefined)
      return this.#criterionOf({ method: only, value: definition[only] });
    if (definition["method"] === "selector" && this.#options.inlines) {
      return this.parseNamed(String(definition["value"]));
    }
    if (!("method" in definition && "value" in definition)) {
      throw new NodeSelectionError(`a definition has \`method\` and \`value\`, here: ${keys.join(", ")}`);
    }
    const exclusion = "exclude" in definition ? this.#parseExclusions(definition["exclude"]) : undefined;
    return without(this.#criterionOf(definition), exclusion);
  }

  #criterionOf(definition: Definition): Criterion {
    const {
      method,
      value,
      parents,
      children,
      childrens_parents: all,
      indirect_selection: written,
    } = definition;
    const text = JSON.stringify(definition);
    if (isOn(all) && isOn(children)) {
      throw new NodeSelectionError(
        `${text} has \`childrens_parents\` and \`children\`, which exclude each other`,
        {
          hint: "`childrens_parents` takes all descendants already: leave `children` out",
        },
      );
    }
    const indirect = written ?? this.#options.indirect;
    if (!isIndirectSelection(indirect)) {
      throw new NodeSelectionError(`\`${String(indirect)}\` is no indirect selection`, {
        hint: `known: ${indirectSelections.join(", ")}`,
      });
    }
    const [name, ...args] = methodOf(
      method === undefined || method === null ? undefined : String(method),
      value,
    );
    return {
      kind: "criterion",
      method: name,
      arguments: args,
      value,
      withAncestorsOfDescendants: isOn(all),
      up: isOn(parents) ? depthOf(definition["parents_depth"], text) : 0,
      down: isOn(children) ? depthOf(definition["children_depth"], text) : 0,
      indirect,
      text,
      place: undefined,
    };
  }
}

function without(tree: SelectionTree, exclusion: SelectionTree | undefined): SelectionTree {
  if (exclusion === undefined) return tree;
  return { kind: "difference", parts: [tree, exclusion], indirect: "eager" };
}

function listOf(written: unknown, key: string): unknown[] {
  if (!Array.isArray(written)) throw new NodeSelectionError(`\`${key}\` is a list of definitions`);
  return written;
}

function isIndirectSelection(value: unknown): value is IndirectSelection {
  return (indirectSelections as readonly unknown[]).includes(value);
}

/** As Python sees it: anything but nothing. */
function isOn(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0 && value !== "";
}

/** The number 0 means no limit to dbt, the text `0` no step. */
function depthOf(written: unknown, text: string): number {
  if (!isOn(written)) return Number.POSITIVE_INFINITY;
  const depth = Number(written);
  if (Number.isInteger(depth)) return depth;
  throw new NodeSelectionError(`${text} has the depth ${JSON.stringify(written)}, which is no whole number`);
}
