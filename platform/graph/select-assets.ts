import type { AssetKey } from "../core/asset-key.ts";
import type { Metadata } from "../core/metadata.ts";
import { isPlainObject } from "../core/secret.ts";
import { didYouMean } from "../core/suggest.ts";
import { type Adjacency, neighboursOf, spread } from "./adjacency.ts";
import type { AssetGraph } from "./asset-graph.ts";
import { parseSelection, type Selection, type SelectionAttribute } from "./selection.ts";
import { indexedNumbers } from "./selection-index.ts";
import {
  type OutsideAttribute,
  outsideAttributes,
  type SelectableAsset,
  type SelectionFacts,
  type SelectionSource,
} from "./selection-source.ts";
import type { SelectionFault } from "./selection-tokens.ts";

const needs: { readonly [Attribute in OutsideAttribute]: string } = {
  code_location: "the project's name",
  status: "what is remembered of past runs",
  changed_in_branch: "a snapshot of the base branch",
};

/** A text that is no selection, or asks for what is not known where it is used. */
export class SelectionError extends Error {
  override readonly name = "SelectionError";
  readonly fault: SelectionFault;

  constructor(fault: SelectionFault) {
    super(`${fault.reason} (column ${fault.column})`);
    this.fault = fault;
  }
}

/** The keys of the selected assets in order of keys. Throws SelectionError. */
export function selectAssets(graph: AssetGraph, text: string, facts: SelectionFacts = {}): AssetKey[] {
  const parsed = parseSelection(text);
  if ("fault" in parsed) throw new SelectionError(parsed.fault);
  return selectedKeys(graph, parsed.selection, facts);
}

/** The same for a parsed selection and any source; the order is that of the source. */
export function selectedKeys(
  source: SelectionSource,
  selection: Selection,
  facts: SelectionFacts = {},
): AssetKey[] {
  const marked = evaluateSelection(selection, source, facts);
  const keys: AssetKey[] = [];
  for (const [index, { key }] of source.assets.entries()) if (marked[index] === 1) keys.push(key);
  return keys;
}

/** Whether the selection can be judged by definitions alone. */
export function needsFacts(selection: Selection): boolean {
  return attributesOf(selection).some((part) => isOutside(part.attribute));
}

/** For a selection that matches nothing: a key that was probably meant. */
export function hintForEmpty(selection: Selection, source: SelectionSource): string | undefined {
  for (const { attribute, pattern } of attributesOf(selection)) {
    const known = knownValues(attribute, source);
    if (known === undefined || pattern.includes("*") || known.has(pattern)) continue;
    const longer = attribute === "key" ? [...known].find((key) => key.endsWith(`/${pattern}`)) : undefined;
    const hint = longer === undefined ? didYouMean(pattern, known) : `did you mean \`${longer}\`?`;
    if (hint !== undefined) return hint;
  }
  return undefined;
}

type AttributePart = Extract<Selection, { kind: "attribute" }>;

function attributesOf(selection: Selection): AttributePart[] {
  switch (selection.kind) {
    case "all":
      return [];
    case "attribute":
      return [selection];
    case "and":
    case "or":
      return selection.operands.flatMap(attributesOf);
    default:
      return attributesOf(selection.operand);
  }
}

function knownValues(
  attribute: SelectionAttribute,
  { assets, keyPrefix }: SelectionSource,
): Set<string> | undefined {
  switch (attribute) {
    case "key":
      return new Set(assets.map(({ key }) => withoutPrefix(key, keyPrefix)));
    case "group":
      return new Set(assets.map(({ groupName }) => groupName ?? "default"));
    case "kind":
      return new Set(assets.flatMap(({ kinds }) => kinds ?? []));
    case "owner":
      return new Set(assets.flatMap(({ owners }) => owners ?? []));
    case "tag":
      return new Set(assets.flatMap(({ tags }) => Object.keys(tags ?? {})));
    default:
      return undefined;
  }
}

/** One byte for each asset of the source, 1 for those selected. */
export function evaluateSelection(
  selection: Selection,
  source: SelectionSource,
  facts: SelectionFacts,
): Uint8Array {
  const recurse = (part: Selection): Uint8Array => evaluateSelection(part, source, facts);
  const count = source.assets.length;
  switch (selection.kind) {
    case "all":
      return new Uint8Array(count).fill(1);
    case "attribute":
      return evaluateAttribute(selection, source, facts);
    case "not":
      return recurse(selection.operand).map((bit) => 1 - bit);
    case "and":
      return selection.operands
        .map(recurse)
        .reduce((all, part) => all.map((bit, index) => bit & (part[index] as number)));
    case "or":
      return selection.operands
        .map(recurse)
        .reduce((all, part) => all.map((bit, index) => bit | (part[index] as number)));
    case "spread": {
      const marked = recurse(selection.operand);
      const { upstream, downstream } = source.adjacency;
      const above = selection.up === 0 ? marked : spread(upstream, marked, selection.up);
      const below = selection.down === 0 ? marked : spread(downstream, marked, selection.down);
      return above.map((bit, index) => bit | (below[index] as number));
    }
    case "sinks":
      return withoutNeighbours(recurse(selection.operand), source.adjacency.downstream);
    case "roots":
      return withoutNeighbours(recurse(selection.operand), source.adjacency.upstream);
  }
}

/** Members that have no other member right beside them in that direction. */
function withoutNeighbours(marked: Uint8Array, neighbours: Adjacency["upstream"]): Uint8Array {
  return marked.map((bit, node) =>
    bit === 1 && !neighboursOf(neighbours, node).some((target) => marked[target] === 1) ? 1 : 0,
  );
}

function evaluateAttribute(part: AttributePart, source: SelectionSource, facts: SelectionFacts): Uint8Array {
  const { attribute, pattern } = part;
  const marked = new Uint8Array(source.assets.length);
  const numbers = indexedNumbers(source, part);
  if (numbers !== undefined) {
    for (const number of numbers) marked[number] = 1;
    return marked;
  }
  const test = isOutside(attribute)
    ? outsideTest(part, facts)
    : insideTest(part, { matches: matcher(pattern), source });
  for (const [index, asset] of source.assets.entries()) if (test(asset)) marked[index] = 1;
  return marked;
}

function outsideTest(
  { attribute, pattern, column }: AttributePart,
  facts: SelectionFacts,
): (asset: SelectableAsset) => boolean {
  const fact = facts[attribute as OutsideAttribute];
  if (fact === undefined) {
    throw new SelectionError({
      reason: `\`${attribute}:\` needs ${needs[attribute as OutsideAttribute]}, which is not known here`,
      column,
    });
  }
  return ({ key }) => fact(key, pattern);
}

type Matcher = (text: string) => boolean;

function insideTest(
  { attribute, pattern, value }: AttributePart,
  { matches, source }: { matches: Matcher; source: SelectionSource },
): (asset: SelectableAsset) => boolean {
  const { keyPrefix } = source;
  const hasPair = (pairs: { readonly [key: string]: unknown } | undefined): boolean => {
    const matchesValue = value === undefined ? undefined : matcher(value);
    return Object.entries(pairs ?? {}).some(
      ([key, one]) => matches(key) && (matchesValue?.(String(one)) ?? true),
    );
  };
  switch (attribute) {
    case "key":
      return ({ key }) => matches(key) || (keyPrefix !== undefined && matches(withoutPrefix(key, keyPrefix)));
    case "key_substring":
      return ({ key }) => key.includes(pattern);
    case "group":
      return ({ groupName }) => matches(groupName ?? "default");
    case "kind":
      return ({ kinds }) => kinds?.some(matches) ?? false;
    case "owner":
      return ({ owners }) => owners?.some(matches) ?? false;
    case "tag":
      return ({ tags }) => hasPair(tags);
    case "table_name":
      return ({ metadata }) => tableNames(metadata).some(matches);
    case "column":
      return ({ metadata }) => columnsOf(metadata).some(({ name }) => matches(name));
    default:
      return ({ metadata }) => columnsOf(metadata).some(({ tags }) => hasPair(tags));
  }
}

/** A pattern where `*` stands for any characters. */
export function matcher(pattern: string): Matcher {
  if (!pattern.includes("*")) return (text) => text === pattern;
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const expression = new RegExp(`^${parts.join(".*")}$`, "s");
  return (text) => expression.test(text);
}

function withoutPrefix(key: AssetKey, prefix: string | undefined): string {
  return prefix !== undefined && key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : key;
}

function tableNames(metadata: Metadata | undefined): string[] {
  return ["table_name", "dagster/table_name"].flatMap((name) => {
    const value = metadata?.[name]?.value;
    return typeof value === "string" ? [value] : [];
  });
}

/** Columns of a table schema, or of plain data under `columns`. */
function columnsOf(
  metadata: Metadata | undefined,
): { name: string; tags?: { readonly [key: string]: unknown } }[] {
  return Object.entries(metadata ?? {}).flatMap(([name, { type, value }]) => {
    const columns: unknown =
      type === "table_schema" ? value.columns : type === "json" && name === "columns" ? value : [];
    if (!Array.isArray(columns)) return [];
    return columns.flatMap((column: unknown) => {
      if (!isPlainObject(column) || typeof column["name"] !== "string") return [];
      return [{ name: column["name"], ...(isPlainObject(column["tags"]) ? { tags: column["tags"] } : {}) }];
    });
  });
}

function isOutside(attribute: SelectionAttribute): attribute is OutsideAttribute {
  return (outsideAttributes as readonly string[]).includes(attribute);
}
