import { describe, expect, test } from "vitest";
import { isMap, isScalar, isSeq, parseAllDocuments, Schema } from "yaml";
import { composeQuickly } from "../../platform/yaml/quick-compose.ts";

/** What reading sees of a tree: data, styles and the places of what is written. */
function described(node: unknown): unknown {
  const places = (range: readonly number[] | null | undefined) => range?.slice(0, 2);
  if (isScalar(node)) {
    return {
      value: node.value,
      type: node.type,
      source: node.type === "PLAIN" ? node.source : undefined,
      at: places(node.range),
    };
  }
  if (isSeq(node))
    return { list: node.items.map(described), flow: node.flow === true, at: places(node.range) };
  if (!isMap(node)) return { other: String(node) };
  const { anchor, tag } = node;
  const entries = node.items.map(({ key, value }) => [described(key), described(value)]);
  return { entries, flow: node.flow === true, anchor, tag, at: places(node.range) };
}

function parsed(text: string): unknown {
  const documents = parseAllDocuments(text, {
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: "silent",
    schema: new Schema({ schema: "core" }),
  });
  if (!Array.isArray(documents)) return "empty";
  return documents.map(({ contents, errors, warnings }) => ({
    contents: described(contents),
    faults: [...errors, ...warnings].map(({ code }) => code),
  }));
}

function quickly(text: string): unknown {
  const document = composeQuickly(text);
  return document === undefined ? undefined : [{ contents: described(document.contents), faults: [] }];
}

describe("the quick way gives the tree of the parser", () => {
  test.for([
    ["a mapping of texts", "type: lib.A\nname: some words, with:colons#inside\n"],
    ["a list of mappings", "a:\n  - b: 1\n    c: two\n  - b: 3\n"],
    ["a list as far out as its key", "a:\n- 1\n- two\nb: 3\n"],
    ["quoted values", 'a: "x # {{ y }}"\nb: \'z: w\'\nc: ""\n'],
    [
      "lists and mappings in one line",
      'a: [b, "c", team:data, 1.5]\nd: { e: f, g: [h, { i: j }] }\nk: []\nl: {}\n',
    ],
    ["a literal block", "a: |\n  one\n\n    two\n\n\nb: |-\n  three\n"],
    ["a literal block at the end", "a:\n  b: |\n    one\n"],
    [
      "numbers, booleans and null",
      "a: 1\nb: -2.50\nc: 0x1F\nd: true\ne: null\nf: ~\ng: .inf\nh: 1e3\ni: 0o17\nj: +1\nk: no\nl: 12:30\n",
    ],
    ["keys that are numbers to nobody else", "null: 1\ntrue: 2\nfalse: 3\n"],
    ["empty lines anywhere", "\n\na: 1\n\nb:\n\n  c: 2\n\n"],
    ["no line break at the end", "a: 1"],
    ["blanks at the end of lines", 'a: 1   \nb: [x ]  \nc: "d" \n'],
    ["dates and dashes", "a: 2026-01-01\nb: -x\nc: --y\n"],
    [
      "comments",
      "# above\n\na: 1 # one\nb: # a mapping\n  # inside\n  c: [d] # two\n# below\ne: f#g\n# last",
    ],
    ["equal keys", "a: 1\na: 2\n"],
  ] as const)("%s", ([, text]) => {
    expect(quickly(text)).toEqual(parsed(text));
  });
});

describe("what is not in the plain style is left to the parser", () => {
  test.for([
    ["an empty text", ""],
    ["a comment further in than what follows it", "a:\n  b: 1\n  # about b\nc: 2\n"],
    ["anchors", "a: &x 1\n"],
    ["aliases", "a: *x\n"],
    ["tags", "a: !t 1\n"],
    ["merge keys", "<<: { a: 1 }\n"],
    ["several documents", "a: 1\n---\nb: 2\n"],
    ["a document's start", "---\na: 1\n"],
    ["escapes", 'a: "x\\n"\n'],
    ["doubled quotes", "a: 'it''s'\n"],
    ["folded blocks", "a: >\n  b\n"],
    ["text over several lines", "a: b\n  c\n"],
    ["quotes over several lines", 'a: "b\n  c"\n'],
    ["a key without a value", "a:\nb: 1\n"],
    ["an unquoted template", "a: {{ b }}\n"],
    ["tabs", "a:\t1\n"],
    ["Windows line breaks", "a: 1\r\n"],
    ["a list as the whole", "- a\n"],
    ["wrong indentation", "a:\n    b: 1\n  c: 2\n"],
    ["an unclosed quote", 'a: "b\n'],
    ["an unclosed list", "a: [b\n"],
  ] as const)("%s", ([, text]) => {
    expect(composeQuickly(text)).toBeUndefined();
  });
});

/** The same sequence for the same seed. */
function randomBelow(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const pieces = [
  "a: 1\n",
  "b: text here\n",
  'key: "quoted"\n',
  "k: 'single'\n",
  "list:\n",
  "  - x\n",
  "  - y: 2\n",
  "    z: [p, q]\n",
  "m:\n",
  "  n: { o: r, s: 2 }\n",
  "  t:\n",
  "    u: -1.5\n",
  "- v\n",
  "- w: true\n",
  "  w2: ~\n",
  "lit: |\n",
  "  line\n",
  "    deep\n",
  "\n",
  "  lit2: |-\n",
  " ",
  "  ",
  ":",
  "#",
  '"',
  "'",
  "{",
  "}",
  "[",
  "]",
  ",",
  "-",
  "|",
  "&",
  "*",
  "\n",
  "null",
  ".5",
  "1_0",
  "0x",
  "?",
  "!",
  "%",
  "@",
  "`",
  ">",
  "é",
  ": ",
  " #",
  "# c\n",
  "  # c\n",
  " # c\n",
  "---\n",
  "...\n",
  "<<",
];

function randomText(seed: number): string {
  const below = randomBelow(seed);
  let text = "";
  const count = 1 + below(12);
  // Whole lines mostly, so that many of the texts are right.
  for (let index = 0; index < count; index++) text += pieces[below(below(4) === 0 ? pieces.length : 20)];
  if (below(3) === 0) {
    const at = below(text.length + 1);
    text = text.slice(0, at) + pieces[below(pieces.length)] + text.slice(at + below(2));
  }
  return text;
}

test("no text out of thousands is read otherwise than by the parser", () => {
  let quick = 0;
  const wrong: string[] = [];
  for (let seed = 1; seed <= Number(process.env["DOP_FUZZ_COUNT"] ?? 4000); seed++) {
    const text = randomText(seed * 7919);
    const found = quickly(text);
    if (found === undefined) continue;
    quick += 1;
    if (JSON.stringify(found) !== JSON.stringify(parsed(text))) wrong.push(text);
  }
  expect(wrong.slice(0, 5)).toEqual([]);
  expect(quick).toBeGreaterThan(100);
});
