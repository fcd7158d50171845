import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Type } from "typebox";
import { afterAll, beforeAll, expect, test } from "vitest";
import { componentClasses } from "../../platform/cli/component-classes.ts";
import { editorSchema } from "../../platform/component/editor-schema.ts";
import { assetSpecSchema } from "../../platform/define/asset-attributes.ts";
import { capturedContext } from "./captured-context.ts";
import { YamlServer } from "./yaml-server.ts";

const tables = Type.Object(
  {
    assets: Type.Array(assetSpecSchema, { description: "The tables." }),
    mode: Type.Optional(
      Type.Union([Type.Literal("full"), Type.Literal("append")], { description: "How rows come in." }),
    ),
    limit: Type.Integer({ default: 10 }),
  },
  { additionalProperties: false, description: "Copies tables." },
);
const feed = Type.Object(
  { url: Type.String() },
  { additionalProperties: false, description: "Reads a feed." },
);

let root = "";
let server: YamlServer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "dop-yaml-"));
  const schema = editorSchema([
    { type: "lib.Tables", schema: tables },
    { type: "lib.Feed", schema: feed },
  ]);
  writeFileSync(join(root, "component.json"), JSON.stringify(schema));
  server = await YamlServer.start(pathToFileURL(root).href);
}, 60_000);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const repository = fileURLToPath(new URL("../../", import.meta.url));
const examples = globSync(["lib/*/example.yaml", "defs/**/component.yaml"], { cwd: repository }).toSorted();

test("there are examples and fixtures to look at", () => {
  expect(examples.length).toBeGreaterThan(8);
});

/** What an editor says of a file of the repository, with the schema of the classes in lib/. */
async function diagnosedFile(file: string) {
  const schema = join(root, "lib.json");
  if (!existsSync(schema)) {
    const context = capturedContext(repository);
    const { classes } = await componentClasses({ project: undefined, env: undefined }, context);
    writeFileSync(schema, JSON.stringify(editorSchema(classes)));
  }
  const text = readFileSync(join(repository, file), "utf8");
  const uri = pathToFileURL(join(root, file.replaceAll("/", "-"))).href;
  return await server.diagnose(uri, `# yaml-language-server: $schema=./lib.json\n${text}`);
}

test.for(examples)("an editor finds nothing wrong with %s", { timeout: 60_000 }, async (file) => {
  expect(await diagnosedFile(file)).toEqual([]);
});

test.for([
  { code: "unknown-attribute", line: 5 },
  { code: "missing-attribute", line: 4 },
  { code: "invalid-attribute-type", line: 5 },
  { code: "invalid-attribute-value", line: 6 },
  { code: "unknown-key", line: 2 },
  { code: "unknown-type", line: 1 },
  { code: "invalid-condition", line: 5 },
])(
  "an editor shows what the fixture $code has wrong, at its line",
  { timeout: 60_000 },
  async ({ code, line }) => {
    const diagnostics = await diagnosedFile(`tests/fixtures/problems/${code}/defs/demo/component.yaml`);
    expect(diagnostics.map(({ range }) => range.start.line)).toContain(line);
  },
);

let files = 0;

/** The text with the schema's modeline; `|` marks the cursor. */
async function opened(text: string) {
  const uri = pathToFileURL(join(root, `component-${files++}.yaml`)).href;
  const whole = `# yaml-language-server: $schema=./component.json\n${text}`;
  const before = whole.slice(0, whole.indexOf("|")).split("\n");
  const diagnostics = await server.diagnose(uri, whole.replace("|", ""));
  const cursor = { line: before.length - 1, character: (before.at(-1) as string).length };
  return { diagnostics, complete: () => server.complete(uri, cursor.line, cursor.character) };
}

test.for([
  { what: "a plain file", text: "type: lib.Tables\nattributes:\n  assets:\n    - key: raw/orders\n" },
  {
    what: "templates in place of anything",
    text: `type: lib.Tables\nattributes:\n  assets: "{{ all }}"\n  limit: "{{ n }}"\n`,
  },
  {
    what: "written conditions and partitions",
    text: `type: lib.Tables
attributes:
  assets:
    - key: raw/orders
      automation_condition: "{{ automation.eager() }}"
      partitions_def: { type: daily, start_date: "2026-01-01" }
      freshness_policy: { time_window: { fail_window: 2h } }
`,
  },
  {
    what: "several documents",
    text: "type: lib.Feed\nattributes: { url: a }\n---\ntype: lib.Feed\nattributes: { url: b }\n",
  },
  { what: "a class of its own", text: "type: .orders.Orders\nattributes:\n  anything: 1\n" },
])("an editor finds nothing wrong with $what", async ({ text }) => {
  expect((await opened(text)).diagnostics).toEqual([]);
});

test.for([
  {
    what: "an unknown attribute",
    text: "type: lib.Tables\nattributes:\n  assets: []\n  sorce: 1\n",
    line: 4,
    says: /sorce/,
  },
  {
    what: "an unknown field of an item",
    text: "type: lib.Tables\nattributes:\n  assets:\n    - key: raw/orders\n      groupname: raw\n",
    line: 5,
    says: /groupname/,
  },
  {
    what: "text for a number",
    text: "type: lib.Tables\nattributes:\n  assets: []\n  limit: many\n",
    line: 4,
    says: /integer/,
  },
  { what: "a missing attribute", text: "type: lib.Feed\nattributes: {}\n", line: 2, says: /url/ },
  { what: "an unknown type", text: "type: lib.Table\n", line: 1, says: /lib\.Tables|pattern/ },
  {
    what: "an attribute of another type",
    text: "type: lib.Feed\nattributes:\n  url: a\n  limit: 1\n",
    line: 4,
    says: /limit/,
  },
])("an editor shows $what at its line", async ({ text, line, says }) => {
  const { diagnostics } = await opened(text);
  // The modeline stands above the text.
  expect(diagnostics.map(({ range }) => range.start.line)).toContain(line);
  expect(diagnostics.map(({ message }) => message).join("\n")).toMatch(says);
});

test("an editor offers the types with what they do", async () => {
  const items = await (await opened("type: |\n")).complete();
  expect(items).toContainEqual({
    label: "lib.Tables",
    documentation: expect.stringContaining("Copies tables."),
  });
  expect(items.map(({ label }) => label)).toContain("lib.Feed");
});

test("an editor offers the attributes of the type that is written", async () => {
  const labels = (await (await opened("type: lib.Tables\nattributes:\n  |\n")).complete()).map(
    ({ label }) => label,
  );
  expect(labels).toEqual(expect.arrayContaining(["assets", "mode", "limit"]));
  expect(labels).not.toContain("url");
});

test("an editor offers the fields of an item", async () => {
  const text = "type: lib.Tables\nattributes:\n  assets:\n    - key: raw/orders\n      |\n";
  const labels = (await (await opened(text)).complete()).map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(["group_name", "owners", "automation_condition"]));
});

test("an editor offers the choices of a value", async () => {
  const labels = (
    await (await opened("type: lib.Tables\nattributes:\n  assets: []\n  mode: |\n")).complete()
  ).map(({ label }) => label);
  expect(labels).toEqual(expect.arrayContaining(["full", "append"]));
});
