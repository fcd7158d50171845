import { Alias, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Problem } from "../core/problem.ts";
import { formatPath, type Path, type Span } from "../core/span.ts";
import { templateEnd, unquotedTemplateProblem } from "./unquoted-template.ts";
import { unusableValue } from "./unusable-value.ts";
import { yaml11Meaning } from "./yaml-1-1.ts";

/** Levels of lists and mappings; what people write has fewer than ten. */
export const deepestLevel = 100;

/** Values that aliases may repeat in one document; enough for every honest use, too few for a bomb. */
export const mostAliasedValues = 100_000;

const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

export interface PlainValueOptions {
  readonly text: string;
  /** The problem of the unquoted template that is covered at this offset, if one is. */
  maskedAt(offset: number): Problem | undefined;
  spanBetween(start: number, end: number): Span;
  report(problem: Problem): void;
}

/**
 * Plain data of a composed document: null-prototype objects, arrays and scalars, in one walk.
 *
 * Aliases share the data of their anchor, merge keys are applied, problems are reported at their places.
 */
export function plainValue(contents: unknown, options: PlainValueOptions): unknown {
  return new PlainValueWalk(options).convert(contents);
}

/** The text under which a mapping's entry is found; undefined for a list or mapping as key. */
export function keyText(key: unknown): string | undefined {
  if (key === null) return "";
  if (key instanceof Scalar) {
    if (typeof key.value === "string") return key.value;
    return key.type === "PLAIN" ? (key.source ?? "") : String(key.value);
  }
  return undefined;
}

export function isMergeKey(key: unknown): boolean {
  return key instanceof Scalar && key.value === "<<" && key.type === "PLAIN";
}

interface Anchored {
  readonly value: unknown;
  /** How many values it stands for, those of its own aliases included. */
  readonly size: number;
}

class PlainValueWalk {
  readonly #options: PlainValueOptions;
  readonly #anchors = new Map<string, Anchored | undefined>();
  readonly #path: (string | number)[] = [];
  #size = 0;
  #aliased = 0;
  #bombReported = false;

  constructor(options: PlainValueOptions) {
    this.#options = options;
  }

  convert(node: unknown): unknown {
    this.#size += 1;
    if (node instanceof Scalar) return this.#scalar(node);
    if (node === null || node === undefined) return null;
    if (node instanceof Alias) return this.#alias(node);
    if (this.#path.length >= deepestLevel) return this.#tooDeep(node as YAMLMap | YAMLSeq);
    const collection = node as YAMLMap | YAMLSeq;
    const { anchor } = collection;
    if (anchor === undefined) return this.#collection(collection);
    this.#anchors.set(anchor, undefined);
    const before = this.#size;
    const value = this.#collection(collection);
    this.#anchors.set(anchor, { value, size: this.#size - before + 1 });
    return value;
  }

  #collection(node: YAMLMap | YAMLSeq): unknown {
    return node instanceof YAMLSeq ? this.#list(node) : this.#mapping(node);
  }

  #scalar(node: Scalar): unknown {
    let { value } = node;
    if (node.type === "PLAIN") value = this.#plainScalar(node);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, { value, size: 1 });
    return value;
  }

  #plainScalar(node: Scalar): unknown {
    const masked = this.#options.maskedAt(node.range?.[0] ?? -1);
    if (masked !== undefined) {
      this.#report(masked);
      return unusableValue;
    }
    const source = node.source ?? "";
    const meaning = yaml11Meaning(source);
    if (meaning !== undefined) {
      const span = this.#spanOf(node);
      const { value } = node;
      const now = typeof value === "string" ? "text" : `the number ${String(value)}`;
      this.#report({
        code: "yaml-1-1-value",
        severity: "warning",
        message: `\`${source}\` is ${now} here, but ${meaning} to readers of YAML 1.1`,
        span,
        hint: `write "${source}" if you mean the text`,
        fix: [{ span, text: `"${source}"` }],
      });
    }
    return node.value;
  }

  #list(node: YAMLSeq): unknown[] {
    const list: unknown[] = [];
    const path = this.#path;
    for (let index = 0; index < node.items.length; index++) {
      path.push(index);
      list.push(this.convert(node.items[index]));
      path.pop();
    }
    return list;
  }

  #mapping(node: YAMLMap): unknown {
    if (this.#isUnquotedTemplate(node)) return unusableValue;
    const mapping: Record<string, unknown> = Object.create(null);
    const path = this.#path;
    let merges: unknown[] | undefined;
    for (const { key, value } of node.items) {
      const text = key instanceof Alias ? this.#aliasedKey(key) : keyText(key);
      if (text === undefined || key === null) {
        this.#badKey(key, node);
        continue;
      }
      if (isMergeKey(key)) {
        path.push("<<");
        merges = [...(merges ?? []), ...this.#merged(value, key)];
        path.pop();
        continue;
      }
      if (key instanceof Scalar && key.anchor !== undefined)
        this.#anchors.set(key.anchor, { value: text, size: 1 });
      path.push(text);
      if (forbiddenKeys.has(text)) this.#forbidden(text, key);
      else if (text in mapping) this.#duplicate(node, text, key);
      else mapping[text] = this.convert(value);
      path.pop();
    }
    for (const merged of merges ?? []) {
      for (const [text, value] of Object.entries(merged as object)) {
        if (!(text in mapping)) mapping[text] = value;
      }
    }
    return mapping;
  }

  #aliasedKey(key: Alias): string | undefined {
    const value = this.#anchors.get(key.source)?.value;
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  }

  #merged(node: unknown, key: unknown): unknown[] {
    const value = this.convert(node);
    const sources = Array.isArray(value) ? value : [value];
    const mappings = sources.filter(
      (source) => typeof source === "object" && source !== null && !Array.isArray(source),
    );
    if (mappings.length < sources.length && !sources.includes(unusableValue)) {
      this.#invalid(key, "`<<` takes a mapping or a list of mappings");
    }
    return mappings;
  }

  #alias(node: Alias): unknown {
    const anchored = this.#anchors.get(node.source);
    if (anchored === undefined) {
      const reason = this.#anchors.has(node.source)
        ? "stands inside what it names"
        : "names no anchor before it";
      this.#invalid(node, `the alias \`*${node.source}\` ${reason}`);
      return unusableValue;
    }
    this.#size += anchored.size;
    this.#aliased += anchored.size;
    if (this.#aliased <= mostAliasedValues) return anchored.value;
    if (!this.#bombReported) {
      this.#bombReported = true;
      this.#report({
        code: "too-many-aliases",
        severity: "error",
        message: `aliases repeat more than ${mostAliasedValues.toLocaleString("en")} values in this document`,
        span: this.#spanOf(node),
        hint: "write fewer aliases of aliases",
      });
    }
    return unusableValue;
  }

  #tooDeep(node: YAMLMap | YAMLSeq): unknown {
    this.#report({
      code: "too-deep",
      severity: "error",
      message: `lists and mappings are nested more than ${deepestLevel} levels deep`,
      span: this.#spanOf(node),
      path: formatPath(this.#path.slice(0, 5)),
    });
    return unusableValue;
  }

  #isUnquotedTemplate(node: YAMLMap): boolean {
    const { text, spanBetween } = this.#options;
    const start = node.range?.[0];
    if (node.flow !== true || start === undefined || text[start + 1] !== "{" || text[start] !== "{")
      return false;
    if (!(node.items[0]?.key instanceof YAMLMap)) return false;
    const end = Math.max(templateEnd(text, start), node.range?.[1] ?? 0);
    const written = text.slice(start, end);
    this.#report(unquotedTemplateProblem(written, spanBetween(start, end)));
    return true;
  }

  #badKey(key: unknown, mapping: YAMLMap): void {
    const templated = key instanceof YAMLMap && key.flow === true;
    const message =
      key === null || key === undefined
        ? "an entry has no key"
        : "a list or mapping can't be the key of an entry";
    this.#invalid(
      key ?? mapping,
      message,
      templated ? "templates stand in values only, never in keys" : undefined,
    );
  }

  #forbidden(text: string, key: unknown): void {
    this.#report({
      code: "forbidden-key",
      severity: "error",
      message: `\`${text}\` can't be used as a key`,
      span: this.#spanOf(key),
      hint: "choose another name",
    });
  }

  #duplicate(node: YAMLMap, text: string, key: unknown): void {
    const first = node.items.find((item) => keyText(item.key) === text && !isMergeKey(item.key));
    this.#report({
      code: "duplicate-key",
      severity: "error",
      message: `the key \`${text}\` is written twice`,
      span: this.#spanOf(key),
      hint: "keep one of them",
      related:
        first === undefined
          ? []
          : [{ span: this.#spanOf(first.key), message: `\`${text}\` is first written here` }],
    });
  }

  #invalid(node: unknown, reason: string, hint?: string): void {
    this.#report({
      code: "invalid-yaml",
      severity: "error",
      message: `Unable to parse YAML: ${reason}`,
      span: this.#spanOf(node),
      ...(hint === undefined ? {} : { hint }),
    });
  }

  #report(problem: Omit<Problem, "related" | "path"> & Partial<Pick<Problem, "related" | "path">>): void {
    const path = formatPath(this.#path as Path);
    this.#options.report({ related: [], ...(path === "" ? {} : { path }), ...problem });
  }

  #spanOf(node: unknown): Span {
    const range = (node as { range?: readonly [number, number, number] | null }).range ?? [0, 0, 0];
    return this.#options.spanBetween(range[0], range[1]);
  }
}
