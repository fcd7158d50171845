import { Alias, Scalar, visit, YAMLMap, YAMLSeq } from "yaml";
import type { Path } from "../core/span.ts";
import { isMergeKey, keyText } from "./plain-value.ts";
import { scalarPlaces } from "./scalar-places.ts";

type Range = readonly [start: number, end: number];

/** One entry of a document: where its key stands, if it has one, and where its value stands. */
export interface EntryPlace {
  readonly key: Range | undefined;
  readonly value: Range | undefined;
}

interface Found {
  readonly key: unknown;
  readonly node: unknown;
}

/** Finds nodes of one document's syntax tree by path, through aliases and merge keys as well. */
export class NodePlaces {
  readonly #contents: unknown;
  #anchors: Map<string, unknown> | undefined;
  /** Of the scalar that was asked for last: a template is traced character by character. */
  #traced: { readonly scalar: Scalar; readonly places: Int32Array | undefined } | undefined;

  constructor(contents: unknown) {
    this.#contents = contents;
  }

  find(path: Path): EntryPlace | undefined {
    const found = this.#walk(path);
    if (found === undefined || found.reached < path.length) return undefined;
    return { key: rangeOf(found.last.key), value: rangeOf(found.last.node) };
  }

  /** The key, or else the value, of the deepest entry on the path; undefined at the root. */
  nearest(path: Path): Range | undefined {
    const found = this.#walk(path);
    if (found === undefined || found.reached === 0) return undefined;
    return rangeOf(found.last.key) ?? rangeOf(found.last.node);
  }

  /** Offsets of the characters of the text at `path`. */
  characters(path: Path, source: string): Int32Array | undefined {
    const found = this.#walk(path);
    if (found === undefined || found.reached < path.length) return undefined;
    const node = this.#resolve(found.last.node);
    if (!(node instanceof Scalar)) return undefined;
    if (this.#traced?.scalar !== node) this.#traced = { scalar: node, places: scalarPlaces(source, node) };
    return this.#traced.places;
  }

  eachPlain(visitStart: (start: number) => void): void {
    const scalar = (_key: unknown, node: Scalar): void => {
      if (node.type === "PLAIN" && node.range) visitStart(node.range[0]);
    };
    if (this.#contents !== null) visit(this.#contents as YAMLMap, { Scalar: scalar });
  }

  #walk(path: Path): { reached: number; last: Found } | undefined {
    let last: Found = { key: undefined, node: this.#contents };
    let reached = 0;
    for (const part of path) {
      const next = this.#child(this.#resolve(last.node), part, 0);
      if (next === undefined) break;
      last = next;
      reached += 1;
    }
    return { reached, last };
  }

  #child(node: unknown, part: string | number, merges: number): Found | undefined {
    if (node instanceof YAMLSeq) {
      const index = Number(part);
      return index in node.items ? { key: undefined, node: node.items[index] } : undefined;
    }
    if (!(node instanceof YAMLMap)) return undefined;
    const text = String(part);
    const own = node.items.find((item) => keyText(this.#resolve(item.key)) === text && !isMergeKey(item.key));
    if (own !== undefined) return { key: own.key, node: own.value };
    const merge = node.items.filter((item) => isMergeKey(item.key));
    if (text === "<<" && merge[0] !== undefined) return { key: merge[0].key, node: merge[0].value };
    if (merges > 20) return undefined;
    for (const { value } of merge) {
      const resolved = this.#resolve(value);
      const sources = resolved instanceof YAMLSeq ? resolved.items : [resolved];
      for (const source of sources) {
        const found = this.#child(this.#resolve(source), part, merges + 1);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  #resolve(node: unknown): unknown {
    if (!(node instanceof Alias)) return node;
    if (this.#anchors === undefined) {
      const anchors = new Map<string, unknown>();
      visit(this.#contents as YAMLMap, {
        Value: (_key, value) => {
          if (value.anchor !== undefined) anchors.set(value.anchor, value);
        },
      });
      this.#anchors = anchors;
    }
    const target = this.#anchors.get(node.source);
    return target instanceof Alias ? undefined : target;
  }
}

function rangeOf(node: unknown): Range | undefined {
  const range = (node as { range?: readonly [number, number, number] | null } | null | undefined)?.range;
  return range === undefined || range === null ? undefined : [range[0], range[1]];
}
