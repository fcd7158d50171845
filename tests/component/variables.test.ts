import { expect, test } from "vitest";
import { memoryFiles } from "../../platform/component/file-system.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import { parseDotEnv, readVariables } from "../../platform/component/variables.ts";
import { secretMask } from "../../platform/core/secret.ts";
import { arrived, load, told } from "./load-text.ts";

test.for([
  ["a plain value", "A=b", { A: "b" }],
  ["blanks around", "  A = b c  ", { A: "b c" }],
  ["export in front", "export A=b", { A: "b" }],
  ["a comment behind", "A=b # c", { A: "b" }],
  ["a hash inside", "A=b#c", { A: "b#c" }],
  ["single quotes", "A='b # \\n c'", { A: "b # \\n c" }],
  ["double quotes with escapes", 'A="b\\nc \\"d\\""', { A: 'b\nc "d"' }],
  ["several lines", 'A="b\nc"\nD=e', { A: "b\nc", D: "e" }],
  ["an empty value", "A=", { A: "" }],
  ["comments and blank lines", "# x\n\nA=b\n", { A: "b" }],
  ["the last of two", "A=b\nA=c", { A: "c" }],
] as const)(".env may hold %s", ([, text, values]) => {
  expect(parseDotEnv(text)).toEqual({ values, problems: [] });
});

test.for([
  ["a line without an equals sign", "A=b\nnonsense here", 2],
  ["a name that starts with a digit", "1A=b", 1],
  ["a quote that is never closed", 'A=b\nC="d', 2],
] as const)(".env has a problem at %s", ([, text, line]) => {
  const { problems } = parseDotEnv(text);
  expect(problems.map(({ code, span }) => [code, span.file, span.start.line])).toEqual([
    ["invalid-configuration", ".env", line],
  ]);
});

test("a set variable is not hidden by .env", () => {
  const files = memoryFiles({ "/project/.env": "A=file\nB=file\n" });
  expect(readVariables("/project", { A: "set", C: undefined }, files).variables).toEqual({
    A: "set",
    B: "file",
  });
});

test("what is wrong in .env is told with what loading finds, in the order of files", async () => {
  const files = memoryFiles({
    "/project/.env": "nonsense here\n",
    "/project/defs/shop/component.yaml": "type: DefsFolderComponent\nattributs: {}\n",
  });
  const { project } = await loadProject({
    root: "/project",
    configuration: {},
    files,
    ...readVariables("/project", {}, files),
  });
  expect(told(project.problems)).toEqual(["invalid-configuration 1:1", "unknown-key 2:1 attributs"]);
});

const any = (text: string, requirements = ""): string =>
  `type: fixture.Values\n${requirements}attributes:\n  text: ${text}\n`;

test("a variable without a value leaves the component waiting for it", async () => {
  const { component, problems } = await load(any("\"{{ env('TOWN') }}\"", "requirements: {env: [TOWN]}\n"));
  expect(told(problems)).toEqual([]);
  expect(component).toMatchObject({ status: "needs_credentials", needs: ["TOWN"], variables: ["TOWN"] });
});

test("what can be built without its variables is built", async () => {
  const { definitions } = await load(any("\"x{{ env('TOWN') }}\""));
  expect(definitions.assets.map(({ key }) => key)).toEqual(["values"]);
});

test("the place of a variable without a value is told", async () => {
  const { result } = await load(any("\"{{ env('TOWN') }}\""));
  expect(result.variables).toMatchObject([
    { name: "TOWN", isSet: false, hasDefault: false, path: "attributes.text", span: { start: { line: 3 } } },
  ]);
});

test("every variable of one text is recorded once, also those behind the first without a value", async () => {
  const yaml = any("\"{{ env('TOWN') }}-{{ env('LAND') }}-{{ env('SEA', 'x') }}\"");
  const { result, component } = await load(yaml, { env: { SEA: "y" } });
  expect(result.variables.map(({ name, isSet, path }) => [name, isSet, path])).toEqual([
    ["TOWN", false, "attributes.text"],
    ["LAND", false, "attributes.text"],
    ["SEA", true, "attributes.text"],
  ]);
  expect(component.variables).toEqual(["LAND", "SEA", "TOWN"]);
});

test("a variable that the environment requires is an error where it is missing", async () => {
  const configuration = { env: { TOWN: { required_in: ["prod"] } } };
  const yaml = any("\"{{ env('TOWN') }}\"");
  const production = await load(yaml, { configuration, environment: "prod" });
  expect(told(production.problems)).toEqual(["missing-variable 3:13 attributes.text"]);
  expect((await load(yaml, { configuration, environment: "local" })).problems).toEqual([]);
});

test.for([
  ["a default", "\"{{ env('TOWN', 'Seoul') }}\"", "Seoul"],
  ["the attribute's absence for one that is read as null", '"{{ env.TOWN }}"', undefined],
] as const)("a variable that is not set gives %s", async ([, text, value]) => {
  const loaded = await load(any(text, "requirements: {env: [TOWN]}\n"));
  expect(told(loaded.problems)).toEqual([]);
  expect((arrived(loaded) as { text?: string }).text).toBe(value);
  expect(loaded.component.status).toBe("ready");
});

test("a variable that is null cannot stand inside text", async () => {
  const { problems } = await load(any('"x{{ env.TOWN }}"', "requirements: {env: [TOWN]}\n"));
  expect(told(problems)).toEqual(["missing-variable 4:14 attributes.text"]);
});

test("a variable that nobody declares is a warning, and its edit lists all of them", async () => {
  const { problems } = await load(any("\"{{ env.TOWN }}{{ env('LAND') }}\""), {
    env: { TOWN: "a", LAND: "b" },
  });
  expect(told(problems)).toEqual([
    "~undeclared-variable 3:9 attributes.text",
    "~undeclared-variable 3:9 attributes.text",
  ]);
  expect(problems.flatMap(({ fix }) => fix ?? []).map(({ text, span }) => [text, span.start])).toEqual([
    ["\nrequirements:\n  env: [LAND, TOWN]", { line: 1, column: 21 }],
  ]);
});

test.for([
  ["a list in brackets", "requirements: {env: [A]}\n", ", TOWN"],
  ["a list in lines", "requirements:\n  env:\n    - A\n", "\n    - TOWN"],
] as const)("the edit for an undeclared variable continues %s", async ([, requirements, text]) => {
  const { problems } = await load(any('"{{ env.TOWN }}"', requirements), { env: { TOWN: "a" } });
  expect(problems[0]?.fix?.[0]?.text).toBe(text);
});

test("a default of package.json counts as the value", async () => {
  const loaded = await load(any("\"{{ env('TOWN') }}\""), {
    configuration: { env: { TOWN: { default: "Busan" } } },
  });
  expect(arrived(loaded)).toEqual({ text: "Busan" });
});

test("a secret stays hidden in what is shown", async () => {
  const loaded = await load(
    any("\"postgres://{{ env('SHOP_PASSWORD') }}@host\"", "requirements: {env: [SHOP_PASSWORD]}\n"),
    {
      env: { SHOP_PASSWORD: "hunter2" },
    },
  );
  expect(arrived(loaded)).toEqual({ text: secretMask });
  expect(JSON.stringify(loaded.result.project)).not.toContain("hunter2");
});

test.for([
  ["an asset key", "assets: [{key: \"a/{{ env('A_TOKEN') }}\"}]", "attributes.assets.0.key"],
  ["a group", "assets: [{key: a, group_name: \"{{ env('A_TOKEN') }}\"}]", "attributes.assets.0.group_name"],
  ["a tag", "assets: [{key: a, tags: {x: \"{{ env('A_TOKEN') }}\"}}]", "attributes.assets.0.tags"],
  ["an owner", "assets: [{key: a, owners: [\"{{ env('A_TOKEN') }}\"]}]", "attributes.assets.0.owners"],
] as const)("a secret must not become part of %s", async ([, attributes, path]) => {
  const yaml = `type: fixture.Assets\nrequirements: {env: [A_TOKEN]}\nattributes:\n  ${attributes}\n`;
  const { problems, component } = await load(yaml, { env: { A_TOKEN: "t" } });
  expect(problems.map((problem) => [problem.code, problem.path])).toEqual([["secret-in-name", path]]);
  expect(component.status).toBe("quarantined");
});

test("a secret that code puts into a key is noticed", async () => {
  const yaml =
    "type: fixture.Named\nrequirements: {env: [A_TOKEN]}\nattributes: {name: \"{{ env('A_TOKEN') }}\"}\n";
  const { problems } = await load(yaml, { env: { A_TOKEN: "t" } });
  expect(told(problems)).toEqual(["secret-in-name 1:1"]);
});

test("a variable that a translation lacks leaves the component waiting as well", async () => {
  const yaml =
    "type: fixture.Translator\nrequirements: {env: [TOWN]}\nattributes:\n  tables: [a]\n  translation: {group_name: \"x{{ env('TOWN') }}\"}\n";
  const { component, problems } = await load(yaml);
  expect(told(problems)).toEqual([]);
  expect(component).toMatchObject({ status: "needs_credentials", needs: ["TOWN"] });
});
