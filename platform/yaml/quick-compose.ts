import { Pair, Scalar, type ScalarTag, Schema, YAMLMap, YAMLSeq } from "yaml";

/** Plain scalars mean what YAML's core schema says. */
export const coreSchema = new Schema({ schema: "core" });

/** What reading needs of a composed document. */
export interface ComposedDocument {
  readonly contents: Node | null;
  readonly range: readonly [start: number, contentEnd: number, end: number];
  readonly errors: readonly [];
  readonly warnings: readonly [];
}

type Node = Scalar.Parsed | YAMLMap.Parsed | YAMLSeq.Parsed;

/**
 * The syntax tree of one document in the plain style that most component files are written in: block mappings and
 * lists, values on one line, literal blocks, comments. Many times faster than the whole of YAML.
 *
 * Undefined for anything else, right or wrong; where there is a tree, its data and places are those of the parser.
 */
export function composeQuickly(text: string): ComposedDocument | undefined {
  if (text === "" || foreign.test(text)) return undefined;
  try {
    const contents = new QuickComposer(text).compose();
    return { contents, range: [0, text.length, text.length], errors: [], warnings: [] };
  } catch (error) {
    if (error === notQuick) return undefined;
    throw error;
  }
}

const notQuick = Symbol("not in the plain style");

/** Tabs, carriage returns and other control characters, byte order marks, and separators that some take as breaks. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const foreign = /[\u0000-\u0009\u000b-\u001f\u007f-\u00a0\u2028\u2029\ufeff\ud800-\udfff]/;

const keyPattern = /([A-Za-z_][\w./-]{0,100}):(?=[ \n])/y;
const flowKeyPattern = /([A-Za-z_][\w./-]{0,100}): /y;
const plainPattern = /(?:[^\s\-?:,[\]{}#&*!|>'"%@`]|-(?=\S))[^\n]*/y;
const flowPlainPattern = /[^\s\-?:,[\]{}#&*!|>'"%@`](?:[^,[\]{}\n#:]|:(?=[^\s,[\]{}]))*/y;
const doublePattern = /"([^"\\\n]*)"/y;
const singlePattern = /'([^'\n]*)'/y;
const literalPattern = /\|(-?)\n/y;
const dashPattern = /-( +)/y;

const emptyPlace = -1;

/** Levels that are followed; more is left to the parser, which knows the limit. */
const deepest = 40;

class QuickComposer {
  readonly #text: string;
  /** The first character of the line's content that is read next. */
  #at = 0;
  /** Its column; `emptyPlace` behind the last line. */
  #column = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  compose(): Node {
    this.#toContent(0);
    if (this.#column > 0) throw notQuick;
    const contents = this.#mapping(0);
    if (this.#at < this.#text.length) throw notQuick;
    return contents;
  }

  /** Goes on to the first line with content, not only a comment, from the start of a line. */
  #toContent(lineStart: number): void {
    const text = this.#text;
    let line = lineStart;
    let deepestComment = 0;
    for (;;) {
      const at = this.#pastBlanks(line);
      if (text[at] === "#") {
        deepestComment = Math.max(deepestComment, at - line);
        line = this.#pastComment(at);
      } else if (at > line && (text[at] === "\n" || at === text.length)) throw notQuick;
      else if (text[at] === "\n") line = at + 1;
      else {
        this.#at = at;
        this.#column = at === text.length ? emptyPlace : at - line;
        // One that is further in than what follows it belongs to what is in front of it.
        if (deepestComment > Math.max(0, this.#column)) throw notQuick;
        return;
      }
    }
  }

  /** The start of the next line. */
  #pastComment(at: number): number {
    const end = this.#text.indexOf("\n", at);
    return end < 0 ? this.#text.length : end + 1;
  }

  #isDash(): boolean {
    return this.#text[this.#at] === "-" && this.#text[this.#at + 1] === " ";
  }

  #mapping(column: number): YAMLMap.Parsed {
    this.#deeper();
    const map = new YAMLMap(coreSchema);
    const start = this.#at;
    let end = start;
    do {
      const key = this.#match(keyPattern, this.#at);
      if (key === undefined) throw notQuick;
      const keyNode = this.#plain(key[1] as string, this.#at);
      const value = this.#valueOf(column, this.#at + key[0].length);
      map.items.push(new Pair<unknown, unknown>(keyNode, value));
      end = value.range[2];
    } while (this.#column === column);
    if (this.#column > column) throw notQuick;
    map.range = [start, end, end];
    this.#depth -= 1;
    return map as YAMLMap.Parsed;
  }

  #list(column: number): YAMLSeq.Parsed {
    this.#deeper();
    const list = new YAMLSeq(coreSchema);
    const start = this.#at;
    let end = start;
    while (this.#column === column && this.#isDash()) {
      const dash = this.#match(dashPattern, this.#at) as RegExpExecArray;
      const from = this.#at + dash[0].length;
      let item: Node;
      if (this.#match(keyPattern, from) === undefined) item = this.#onLine(from, undefined);
      else {
        this.#at = from;
        this.#column = column + dash[0].length;
        item = this.#mapping(this.#column);
      }
      list.items.push(item);
      end = item.range[2];
    }
    if (this.#column > column) throw notQuick;
    list.range = [start, end, end];
    this.#depth -= 1;
    return list as YAMLSeq.Parsed;
  }

  /** The value of a key in this column, from behind its colon. */
  #valueOf(column: number, from: number): Node {
    const text = this.#text;
    let at = from;
    while (text[at] === " ") at += 1;
    if (text[at] === "#" && at > from) this.#toContent(this.#pastComment(at));
    else if (text[at] !== "\n") return this.#onLine(at, column);
    else if (at === from) this.#toContent(at + 1);
    else throw notQuick;
    if (this.#column >= column && this.#isDash()) return this.#list(this.#column);
    if (this.#column > column) return this.#mapping(this.#column);
    throw notQuick;
  }

  /** A value that starts on this line and takes the rest of it; then goes on to the next line. */
  #onLine(from: number, column: number | undefined): Node {
    const first = this.#text[from];
    if (first === "|" && column !== undefined) return this.#literal(from, column);
    const [node, end] =
      first === "[" || first === "{" ? this.#flow(from) : (this.#quoted(from) ?? this.#plainLine(from));
    let at = end;
    while (this.#text[at] === " ") at += 1;
    if (this.#text[at] === "#" && at > end) at = this.#pastComment(at);
    else if (this.#text[at] === "\n") at += 1;
    else if (at !== this.#text.length) throw notQuick;
    node.range = [node.range[0], node.range[1], at];
    this.#toContent(at);
    return node;
  }

  #plainLine(from: number): [Scalar.Parsed, number] {
    const written = this.#match(plainPattern, from)?.[0].replace(/ #.*$/, "").trimEnd();
    if (written === undefined || written.includes(": ") || written.endsWith(":")) throw notQuick;
    return [this.#plain(written, from), from + written.length];
  }

  #quoted(from: number): [Scalar.Parsed, number] | undefined {
    const first = this.#text[from];
    if (first !== '"' && first !== "'") return undefined;
    const written = this.#match(first === '"' ? doublePattern : singlePattern, from);
    if (written === undefined) throw notQuick;
    const end = from + written[0].length;
    const type = first === '"' ? "QUOTE_DOUBLE" : "QUOTE_SINGLE";
    return [scalar(written[1] as string, { type, source: written[1] as string, start: from, end }), end];
  }

  #flow(from: number): [Node, number] {
    const first = this.#text[from];
    if (first === "[") return this.#flowList(from);
    if (first === "{") return this.#flowMapping(from);
    const quoted = this.#quoted(from);
    if (quoted !== undefined) return quoted;
    const written = this.#match(flowPlainPattern, from)?.[0].trimEnd();
    if (written === undefined) throw notQuick;
    return [this.#plain(written, from), from + written.length];
  }

  #flowList(from: number): [YAMLSeq.Parsed, number] {
    const list = new YAMLSeq(coreSchema);
    const end = this.#flowItems(from, "]", (at) => {
      const [item, next] = this.#flow(at);
      list.items.push(item);
      return next;
    });
    list.flow = true;
    list.range = [from, end, end];
    return [list as YAMLSeq.Parsed, end];
  }

  #flowMapping(from: number): [YAMLMap.Parsed, number] {
    const map = new YAMLMap(coreSchema);
    const end = this.#flowItems(from, "}", (at) => {
      const key = this.#match(flowKeyPattern, at);
      if (key === undefined) throw notQuick;
      const keyNode = this.#plain(key[1] as string, at);
      const [value, next] = this.#flow(this.#pastBlanks(at + key[0].length));
      map.items.push(new Pair<unknown, unknown>(keyNode, value));
      return next;
    });
    map.flow = true;
    map.range = [from, end, end];
    return [map as YAMLMap.Parsed, end];
  }

  /** Reads items up to the closing bracket and gives the place behind it. */
  #flowItems(from: number, closing: string, item: (at: number) => number): number {
    this.#deeper();
    let at = this.#pastBlanks(from + 1);
    if (this.#text[at] !== closing) {
      for (;;) {
        at = this.#pastBlanks(item(at));
        if (this.#text[at] !== ",") break;
        at = this.#pastBlanks(at + 1);
      }
      if (this.#text[at] !== closing) throw notQuick;
    }
    this.#depth -= 1;
    return at + 1;
  }

  /** The lines below that are further in than the key's column; a literal block without blanks of its own at its start. */
  #literal(from: number, column: number): Scalar.Parsed {
    const text = this.#text;
    const header = this.#match(literalPattern, from);
    if (header === undefined) throw notQuick;
    const start = from + header[0].length;
    const indent = this.#blanksAt(start);
    if (indent <= column) throw notQuick;
    const lines: string[] = [];
    let line = start;
    let contentEnd = start;
    while (line < text.length) {
      const blanks = this.#blanksAt(line);
      const next = text.indexOf("\n", line) + 1;
      if (next === 0) throw notQuick;
      if (text[line + blanks] === "\n") {
        if (blanks > 0) throw notQuick;
        lines.push("");
      } else {
        if (blanks <= column) break;
        if (blanks < indent) throw notQuick;
        lines.push(text.slice(line + indent, next - 1));
        contentEnd = next;
      }
      line = next;
    }
    if (contentEnd === start) throw notQuick;
    const body = lines.join("\n").replace(/\n+$/, "");
    const value = header[1] === "-" ? body : `${body}\n`;
    this.#toContent(line);
    return scalar(value, { type: "BLOCK_LITERAL", source: value, start: from, end: contentEnd });
  }

  #plain(written: string, start: number): Scalar.Parsed {
    return scalar(plainMeaning(written), {
      type: "PLAIN",
      source: written,
      start,
      end: start + written.length,
    });
  }

  #blanksAt(start: number): number {
    return this.#pastBlanks(start) - start;
  }

  #pastBlanks(start: number): number {
    let at = start;
    while (this.#text[at] === " ") at += 1;
    return at;
  }

  #match(pattern: RegExp, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#text) ?? undefined;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > deepest) throw notQuick;
  }
}

interface Written {
  readonly type: Scalar.Type;
  readonly source: string;
  readonly start: number;
  readonly end: number;
}

function scalar(value: unknown, { type, source, start, end }: Written): Scalar.Parsed {
  const node = new Scalar(value) as Scalar.Parsed;
  node.type = type;
  node.source = source;
  node.range = [start, end, end];
  return node;
}

const plainTags = coreSchema.tags.filter(
  (tag): tag is ScalarTag => tag.default === true && "test" in tag && tag.test !== undefined,
);

/** Text, unless the schema knows it as a number, a boolean or null. */
function plainMeaning(written: string): unknown {
  if (!/^[-+.~\dnNtTfF]/.test(written)) return written;
  for (const tag of plainTags) {
    if (tag.test?.test(written) === true) {
      const found = tag.resolve(written, () => undefined, {});
      return found instanceof Scalar ? found.value : found;
    }
  }
  return written;
}
