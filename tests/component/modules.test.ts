import { expect, test } from "vitest";
import { assetDocument, keysOf, ProjectFolder } from "./project-folder.ts";

const sayings = (result: Awaited<ReturnType<ProjectFolder["load"]>>): string[] =>
  result.project.problems.map(({ code, severity, span, path }) =>
    `${severity === "warning" ? "~" : ""}${code} ${span.file}:${span.start.line} ${path ?? ""}`.trim(),
  );

test("a module's exports are found, each at its line", async () => {
  using project = new ProjectFolder({
    "defs/shop/orders.ts": [
      'import { asset, check, ioManager, resource } from "#platform";',
      "",
      'export const orders = asset({ key: "raw/orders" }, () => [{ id: 1 }]);',
      'export const filled = check(orders, "filled", {}, () => true);',
      'export const warehouse = resource("warehouse", { create: () => ({}) });',
      'export const store = ioManager("store", () => ({ handleOutput: async () => ({}), loadInput: async () => 1 }));',
      'export const more = { schedules: [{ name: "nightly", cron: "0 3 * * *", timeZone: "UTC", target: { selection: "*" }, defaultStatus: "stopped" }] };',
      'const hidden = asset({ key: "raw/hidden" }, () => 1);',
      "export { hidden as shown };",
      "export const number = 5;",
    ].join("\n"),
  });
  const result = await project.load();
  expect(sayings(result)).toEqual([]);
  const [component] = result.project.components;
  expect(component).toMatchObject({
    name: "shop/orders",
    type: "typescript",
    file: "defs/shop/orders.ts",
    document: 1,
  });
  const lines = (list: readonly { codeReferences?: readonly { line: number }[] }[] | undefined) =>
    list?.map(({ codeReferences }) => codeReferences?.[0]?.line);
  expect(component?.specs.assets.map(({ key }) => key).toSorted()).toEqual(["raw/hidden", "raw/orders"]);
  expect(lines(component?.specs.assets)?.toSorted()).toEqual([3, 8]);
  expect([
    lines(component?.specs.checks),
    lines(component?.specs.resources),
    lines(component?.specs.schedules),
  ]).toEqual([[4], [5], [7]]);
  expect(component?.specs.ioManagers).toEqual(["store"]);
  const id = { file: "defs/shop/orders.ts", document: 1, type: "typescript" };
  expect(result.code.findStep(id, "raw/orders")?.run).toBeTypeOf("function");
  expect(result.code.findResource(id, "warehouse")?.create).toBeTypeOf("function");
  expect(result.code.findIoManager(id, "store")?.create).toBeTypeOf("function");
});

test.for([
  ["a test", "defs/a/x.test.ts"],
  ["a declaration", "defs/a/x.d.ts"],
] as const)("%s is never imported", async ([, file]) => {
  using project = new ProjectFolder({ [file]: "throw new Error('imported');\n" });
  expect((await project.load()).project).toMatchObject({ components: [], problems: [] });
});

test("a module that exports no definitions is no component", async () => {
  using project = new ProjectFolder({ "defs/a/names.ts": "export const name = 'x';\n" });
  expect((await project.load()).project).toMatchObject({ components: [], problems: [] });
});

test.for([
  ["throws", "export const a = 1;\nthrow new Error('not today');\n", 2],
  ["is no TypeScript", "export const a = ;\n", undefined],
  ["imports what is not there", 'import "./nope.ts";\n', undefined],
] as const)("a module that %s is told and the rest is loaded", async ([, text, line]) => {
  using project = new ProjectFolder({ "defs/a/bad.ts": text, "defs/b/defs.yaml": assetDocument("b") });
  const result = await project.load();
  expect(keysOf(result)).toEqual(["b"]);
  expect(result.project.problems.map(({ code, span }) => [code, span.file])).toEqual([
    ["definitions-module-failed", "defs/a/bad.ts"],
  ]);
  if (line !== undefined) expect(result.project.problems[0]?.span.start.line).toBe(line);
});

const vars = (lines: string): string => `import { templateVar } from "#platform";\n${lines}\n`;

const using = (value: string): string =>
  `type: fixture.Scoped\ntemplate_vars_module: .vars\nattributes:\n  value: "{{ ${value} }}"\n`;

test.for([
  ["a value", "export const team = templateVar(() => 'ops');", "team", "ops"],
  [
    "a function",
    "export const twice = templateVar(() => (text: string) => text + text);",
    "twice('a')",
    "aa",
  ],
  [
    "what the context knows",
    "export const where = templateVar(({ folder }) => folder.split('/').at(-1));",
    "where",
    "demo",
  ],
  [
    "a name in place of one of ours",
    "export const environment = templateVar(() => 'mine');",
    "environment",
    "mine",
  ],
] as const)("a module of template variables gives %s", async ([, lines, text, expected]) => {
  using project = new ProjectFolder({ "defs/demo/defs.yaml": using(text), "defs/demo/vars.ts": vars(lines) });
  const result = await project.load();
  expect(sayings(result)).toEqual([]);
  expect(result.project.components[0]?.specs.assets[0]?.metadata?.["value"]?.value).toBe(expected);
});

test.for([
  ["without variables", "export const a = 1;", "no-template-variables"],
  [
    "with one of two parameters",
    "export const a = templateVar(((x: unknown, y: unknown) => y) as never);",
    "template-variable-signature",
  ],
  [
    "with one that throws",
    "export const a = templateVar(() => { throw new Error('no'); });",
    "template-module-failed",
  ],
  ["that cannot be imported", "throw new Error('no');", "template-module-failed"],
] as const)("a module %s is told at its name", async ([, lines, code]) => {
  using project = new ProjectFolder({ "defs/demo/defs.yaml": using("1"), "defs/demo/vars.ts": vars(lines) });
  expect(sayings(await project.load())).toEqual([`${code} defs/demo/defs.yaml:2 template_vars_module`]);
});

test("a module of template variables that is not there is told at its name", async () => {
  using project = new ProjectFolder({ "defs/demo/defs.yaml": using("1") });
  expect(sayings(await project.load())).toEqual([
    "template-module-failed defs/demo/defs.yaml:2 template_vars_module",
  ]);
});

test("a variable that no template uses is a warning", async () => {
  using project = new ProjectFolder({
    "defs/demo/defs.yaml": using("a"),
    "defs/demo/vars.ts": vars(
      "export const a = templateVar(() => 1);\nexport const b = templateVar(() => 2);",
    ),
  });
  expect(sayings(await project.load())).toEqual([
    "~unused-template-variable defs/demo/defs.yaml:2 template_vars_module",
  ]);
});

test("an outer folder's variables reach what is below, and inner ones win", async () => {
  using project = new ProjectFolder({
    "defs/defs.yaml": "type: DefsFolderComponent\ntemplate_vars_module: .vars\n",
    "defs/vars.ts": vars(
      "export const team = templateVar(() => 'outer');\nexport const floor = templateVar(() => 3);",
    ),
    "defs/demo/defs.yaml": using("team ~ floor"),
    "defs/demo/vars.ts": vars("export const team = templateVar(() => 'inner');"),
  });
  const result = await project.load();
  expect(result.project.components.at(-1)?.specs.assets[0]?.metadata?.["value"]?.value).toBe("inner3");
});

const component = (name: string, key: string): string =>
  [
    'import { assetKey, Component, type Definitions } from "#platform";',
    `export class ${name} extends Component {`,
    "  override buildDefinitions(): Definitions {",
    `    return { assets: [{ key: assetKey("${key}") }] };`,
    "  }",
    "}",
    "",
  ].join("\n");

test.for([
  ["lib.ShopComponent", { "lib/shop/shop.ts": component("ShopComponent", "k") }, undefined],
  ["lib.shop.ShopComponent", { "lib/shop/shop.ts": component("ShopComponent", "k") }, undefined],
  [
    "other.place.ShopComponent",
    { "src/shop.ts": component("ShopComponent", "k") },
    { registry: { "other.place": "./src" } },
  ],
  [
    "one.ShopComponent",
    { "src/shop.ts": component("ShopComponent", "k") },
    { registry: { one: "./src/shop.ts" } },
  ],
  [
    "a.b.ShopComponent",
    { "near/s.ts": component("ShopComponent", "k"), "far/s.ts": component("ShopComponent", "wrong") },
    { registry: { a: "./far", "a.b": "./near" } },
  ],
  [".shop.ShopComponent", { "defs/demo/shop.ts": component("ShopComponent", "k") }, undefined],
  ["./shop.ShopComponent", { "defs/demo/shop.ts": component("ShopComponent", "k") }, undefined],
  [".ShopComponent", { "defs/demo/shop.ts": component("ShopComponent", "k") }, undefined],
  ["..shop.ShopComponent", { "defs/shop.ts": component("ShopComponent", "k") }, undefined],
] as const)("the class of type %s is found", async ([type, files, configuration]) => {
  using project = new ProjectFolder({
    ...(files as Record<string, string>),
    "defs/demo/defs.yaml": `type: ${type}\n`,
  });
  const result = await project.load({ configuration: configuration ?? {} });
  expect(sayings(result)).toEqual([]);
  expect(keysOf(result)).toEqual(["k"]);
});

test("a package may list component modules", async () => {
  using project = new ProjectFolder({
    "package.json": JSON.stringify({ dependencies: { "@acme/shop": "1" } }),
    "node_modules/@acme/shop/package.json": JSON.stringify({
      name: "@acme/shop",
      type: "module",
      dop: { components: { acme: "./index.js" } },
    }),
    "node_modules/@acme/shop/index.js":
      'export class ShopComponent { static [Symbol.for("dop.component")] = true; requiredTools() { return []; } buildDefinitions() { return { assets: [{ key: "k" }] }; } }\n',
    "defs/demo/defs.yaml": "type: acme.ShopComponent\n",
  });
  const result = await project.load();
  expect([sayings(result), keysOf(result)]).toEqual([[], ["k"]]);
});

test.for([
  ["an export that is no component", "export class ShopComponent {}\n", "not-a-component"],
  ["a module that throws", "throw new Error('no');\nexport class ShopComponent {}\n", "type-load-failed"],
] as const)("a type has a problem: %s", async ([, text, code]) => {
  using project = new ProjectFolder({
    "lib/shop.ts": text,
    "defs/demo/defs.yaml": "type: lib.ShopComponent\n",
  });
  expect(sayings(await project.load())).toEqual([`${code} defs/demo/defs.yaml:1 type`]);
});

test("the line of the user's code that threw is told", async () => {
  const text = component("ShopComponent", "a").replace(
    "return",
    "if (Math.PI > 3) throw new Error('too round');\n    return",
  );
  using project = new ProjectFolder({
    "lib/shop.ts": text,
    "defs/demo/defs.yaml": "type: lib.ShopComponent\n",
  });
  const [problem] = (await project.load()).project.problems;
  expect(problem).toMatchObject({
    code: "build-failed",
    related: [{ span: { file: "lib/shop.ts", start: { line: 4 } } }],
  });
});

test("a module that a component file names as its class is not imported as definitions", async () => {
  using project = new ProjectFolder({
    "defs/demo/shop.ts": component("ShopComponent", "k"),
    "defs/demo/defs.yaml": "type: .shop.ShopComponent\n",
  });
  expect((await project.load()).project.components.map(({ file }) => file)).toEqual(["defs/demo/defs.yaml"]);
});

test("jobs, hooks and assets of graphs are found, and an op alone is nothing", async () => {
  using project = new ProjectFolder({
    "defs/shop/report.ts": [
      'import { graph, graphAsset, hook, job, multiAsset, op } from "#platform";',
      'export const one = op({ name: "one" }, () => 1);',
      'export const wired = graph({ name: "wired" }, () => one());',
      'export const tell = hook("failure", () => {}, { name: "tell" });',
      'export const nightly = job("nightly", { graph: wired, hooks: [tell] });',
      'export const made = graphAsset({ key: "made" }, () => one());',
      "export const [first, second] = [multiAsset({ outs: { left: {}, right: {} } }, () => ({ left: 1, right: 2 })), nightly];",
    ].join("\n"),
  });
  const result = await project.load();
  expect(sayings(result)).toEqual([]);
  const [component] = result.project.components;
  expect(component?.specs.assets.map(({ key }) => key).toSorted()).toEqual(["left", "made", "right"]);
  expect(component?.specs.steps.map(({ name }) => name).toSorted()).toEqual([
    "left+right",
    "made.one",
    "nightly.one",
  ]);
  expect(component?.specs.hooks).toMatchObject([
    { name: "tell", on: "failure", codeReferences: [{ line: 4 }] },
  ]);
  expect(component?.specs.jobs).toMatchObject([{ name: "nightly", codeReferences: [{ line: 5 }] }]);
  const id = { file: "defs/shop/report.ts", document: 1, type: "typescript" };
  expect(result.code.findHook(id, "tell")?.run).toBeTypeOf("function");
  expect(result.code.findStep(id, "made.one")).toMatchObject({ graph: "made", assets: ["made"] });
});
