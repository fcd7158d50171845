import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { parse } from "yaml";
import { externalAssets, TemporaryProject } from "./temporary-project.ts";

// The first one imports the loader and classes of lib.
const slow = { timeout: 60_000 };

const projects: TemporaryProject[] = [];
function project(...given: ConstructorParameters<typeof TemporaryProject>): TemporaryProject {
  const made = new TemporaryProject(...given);
  projects.push(made);
  return made;
}
afterEach(() => {
  for (const made of projects.splice(0)) made[Symbol.dispose]();
});

const shop = "defs/shop/component.yaml";
const twoAssets = externalAssets("key: raw/orders, group_name: raw", "key: mart/orders, deps: [raw/orders]");

test("check prints JSON of the documented shape", slow, async () => {
  const made = project({ [shop]: externalAssets("key: raw/orders, groupname: raw") });
  const { code, out } = await made.run(["check", "--format", "json"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    schema: "dop.check/1",
    summary: { files: 1, documents: 1, assets: 0, errors: 1, warnings: 0 },
    problems: [
      {
        code: "unknown-attribute",
        severity: "error",
        message: expect.any(String),
        hint: expect.stringContaining("group_name"),
        file: shop,
        range: { start: { line: 4, column: 26 }, end: { line: 4, column: 35 } },
        path: "attributes.assets.0.groupname",
        related: [],
        fix: [
          {
            file: shop,
            range: { start: { line: 4, column: 26 }, end: { line: 4, column: 35 } },
            text: "group_name",
          },
        ],
      },
    ],
  });
});

test("check narrows to paths, and a path that is not there is refused", async () => {
  const made = project({ [shop]: externalAssets("kye: a"), "defs/other/component.yaml": twoAssets });
  expect(await made.run(["check", "defs/other"])).toMatchObject({ code: 0 });
  expect(await made.run(["check", "defs/shop"])).toMatchObject({ code: 1 });
  expect(await made.run(["check", shop])).toMatchObject({ code: 1 });
  expect(await made.run(["check", "defs/none"])).toMatchObject({ code: 2, out: "" });
});

test("check --fail-on warning counts warnings", async () => {
  const made = project({ [shop]: externalAssets("key: a, tags: { country: NO }") });
  expect(await made.run(["check"])).toMatchObject({ code: 0 });
  expect(await made.run(["check", "--fail-on", "warning"])).toMatchObject({ code: 1 });
});

test("check --fix mends until nothing is left, and once more changes nothing", async () => {
  const made = project({
    [shop]: `type: lib.ExternalAssetsComponent
atributes:
  assets:
    - key: raw/orders
      groupname: {{ environment }}
      tags: { country: NO }
      description: "{{ env('SHOP_TITLE', 'x') }}"
`,
  });
  expect(await made.run(["check", "--fix"])).toMatchObject({
    code: 0,
    talk: expect.stringContaining("[unknown-key]"),
  });
  const fixed = made.read(shop);
  expect(fixed).toBe(`type: lib.ExternalAssetsComponent
requirements:
  env: [SHOP_TITLE]
attributes:
  assets:
    - key: raw/orders
      group_name: "{{ environment }}"
      tags: { country: "NO" }
      description: "{{ env('SHOP_TITLE', 'x') }}"
`);
  expect(await made.run(["check", "--fix"])).toMatchObject({ code: 0, talk: "nothing to fix" });
  expect(made.read(shop)).toBe(fixed);
});

test("check --validate-requirements makes undeclared variables errors", async () => {
  const made = project({ [shop]: externalAssets(`key: a, description: "{{ env('SHOP_TITLE', 'x') }}"`) });
  expect(await made.run(["check"])).toMatchObject({
    code: 0,
    out: expect.stringContaining("warning[undeclared"),
  });
  expect(await made.run(["check", "--validate-requirements"])).toMatchObject({
    code: 1,
    out: expect.stringContaining("error[undeclared-variable]"),
  });
});

test("check --format sarif and github name the same problem", async () => {
  const made = project({ [shop]: externalAssets("kye: a") });
  const { runs } = JSON.parse((await made.run(["check", "--format", "sarif"])).out);
  const codes = runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId);
  expect(codes).toContain("unknown-attribute");
  const { out } = await made.run(["check", "--format", "github"]);
  expect(out.split("\n")).toHaveLength(codes.length);
  expect(out).toMatch(/^::error file=\S*defs\/shop\/component\.yaml,line=4,col=\d+/m);
});

test("without a project, commands end with 2 and say where one was looked for", async () => {
  const made = project({ [shop]: twoAssets });
  expect(await made.run(["check", "-C", "/"])).toMatchObject({
    code: 2,
    talk: expect.stringContaining("package.json"),
  });
});

test.for([
  { args: ["check"], code: 1 },
  { args: ["list", "assets"], code: 0 },
  { args: ["snapshot"], code: 0 },
])("a wrong line of .env is no secret to $args", async ({ args, code }) => {
  const made = project({ [shop]: twoAssets, ".env": "nonsense here\n" });
  const result = await made.run(args);
  expect(result.code).toBe(code);
  expect(`${result.out}${result.talk}`).toMatch(/\.env|1 error in the definitions/);
});

test("list assets prints rows, and JSON of the documented shape", async () => {
  const made = project({ [shop]: twoAssets });
  const { out } = await made.run(["list", "assets"]);
  expect(out.split("\n").map((line) => line.split(/ {2,}/)[0])).toEqual([
    "ASSET",
    "mart/orders",
    "raw/orders",
  ]);
  const listed = JSON.parse((await made.run(["list", "assets", "-s", "group:raw", "--json"])).out);
  expect(listed).toEqual({
    schema: "dop.assets/1",
    assets: [
      {
        key: "raw/orders",
        deps: [],
        group: "raw",
        kinds: [],
        owners: [],
        tags: {},
        description: null,
        metadata: {},
        automation_condition: null,
        freshness_policy: null,
        partitions: null,
        materializable: false,
        component: { file: shop, document: 1, type: "lib.ExternalAssetsComponent" },
        code_references: [expect.objectContaining({ file: shop })],
        status: "ready",
        staleness: null,
        health: null,
      },
    ],
  });
});

test("list assets shows partitions and freshness as they are written in YAML", async () => {
  const made = project({
    [shop]: externalAssets(
      'key: a, partitions_def: { type: daily, start_date: "2026-01-01" }, freshness_policy: { time_window: { fail_window: 36h } }',
    ),
  });
  const { assets } = JSON.parse((await made.run(["list", "assets", "--json"])).out);
  expect(assets).toMatchObject([
    {
      partitions: { type: "daily", start_date: "2026-01-01" },
      freshness_policy: { time_window: { fail_window: "36h" } },
    },
  ]);
});

test("a wrong selection of post-processing is told at its character", async () => {
  const made = project({
    [shop]: `${twoAssets}post_processing:
  assets:
    - target: "tag:a and"
      attributes: { kinds: [x] }
`,
  });
  const line =
    made
      .read(shop)
      .split("\n")
      .findIndex((text) => text.includes("target:")) + 1;
  const { problems } = JSON.parse((await made.run(["check", "--format", "json"])).out);
  expect(problems).toMatchObject([
    { code: "invalid-selection", range: { start: { line, column: 25 }, end: { line, column: 26 } } },
  ]);
});

test("a selection that matches nothing or is none is refused", async () => {
  const made = project({ [shop]: twoAssets });
  expect(await made.run(["list", "assets", "-s", "raw/order"])).toMatchObject({
    code: 2,
    talk: expect.stringContaining("raw/orders"),
  });
  expect(await made.run(["list", "assets", "-s", "group:raw and"])).toMatchObject({ code: 2, out: "" });
});

test.for(["defs", "checks", "components", "jobs", "schedules", "sensors", "resources", "env"])(
  "list %s --json names its shape",
  async (what) => {
    const made = project({ [shop]: twoAssets });
    const { code, out } = await made.run(["list", what, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toHaveProperty("schema", `dop.${what}/1`);
  },
);

test("a quarantined component is listed with its problem", async () => {
  const made = project({ [shop]: externalAssets("kye: a") });
  const { components } = JSON.parse((await made.run(["list", "components", "--json"])).out);
  expect(components).toMatchObject([{ name: "shop", status: "quarantined", problems: [{}, {}] }]);
});

test("snapshot prints the same text each time, and a comment does not move its id", async () => {
  const made = project({ [shop]: twoAssets });
  const first = await made.run(["snapshot"]);
  expect((await made.run(["snapshot"])).out).toBe(first.out);
  made.write({ [shop]: `# a comment\n${twoAssets}` });
  const second = await made.run(["snapshot"]);
  expect(JSON.parse(second.out).id).toBe(JSON.parse(first.out).id);
  expect(second.out).not.toBe(first.out);
});

test("diff compares with a stored snapshot", async () => {
  const made = project({ [shop]: twoAssets });
  await made.run(["snapshot", "--out", "base.json"]);
  expect(await made.run(["diff", "base.json"])).toMatchObject({ code: 0, out: "no definition changes" });
  made.write({ [shop]: externalAssets("key: raw/orders, group_name: landing") });
  const { code, out } = await made.run(["diff", "base.json", "--format", "json", "--fail-on", "removed"]);
  expect(code).toBe(1);
  expect(JSON.parse(out)).toMatchObject({
    schema: "dop.diff/1",
    summary: { added: 0, removed: 1, changed: 1 },
  });
  expect(await made.run(["diff", "package.json"])).toMatchObject({ code: 2 });
});

const variables = {
  env: { SHOP_TOKEN: { required_in: ["prod"], description: "Of the shop." }, SHOP_TITLE: { secret: false } },
  environments: [{ name: "prod", when: { DEPLOYMENT: "prod" } }, { name: "local" }],
};
const reading = externalAssets(
  `key: a, description: "{{ env('SHOP_TITLE', '') }}{{ env('SHOP_TOKEN', '') }}"`,
);

test("env shows who reads a variable and where its value comes from, never the value", async () => {
  const made = project({ [shop]: reading, ".env": "SHOP_TITLE=the title\n" }, variables);
  const { out } = await made.run(["env", "--json"], { SHOP_TOKEN: "hush-hush" });
  const report = JSON.parse(out);
  expect(report).toMatchObject({ schema: "dop.env/1", environment: "local" });
  expect(report.variables).toEqual([
    {
      name: "SHOP_TITLE",
      secret: false,
      set: ".env",
      description: null,
      required_in: [],
      read_by: { local: [{ component: "shop", file: shop }], prod: [{ component: "shop", file: shop }] },
    },
    expect.objectContaining({ name: "SHOP_TOKEN", secret: true, set: "process", required_in: ["prod"] }),
  ]);
  for (const args of [["env"], ["env", "--example"], ["env", "--json"], ["list", "env"]]) {
    expect((await made.run(args, { SHOP_TOKEN: "hush-hush" })).out).not.toMatch(/hush|the title/);
  }
});

test("env ends with 1 where a required variable is not set", async () => {
  const made = project({ [shop]: reading }, variables);
  expect(await made.run(["env"])).toMatchObject({ code: 0 });
  expect(await made.run(["env", "-e", "prod"])).toMatchObject({
    code: 1,
    talk: expect.stringContaining("SHOP_TOKEN"),
  });
});

test("env --example says what each variable is for", async () => {
  const made = project({ [shop]: reading }, variables);
  expect((await made.run(["env", "--example"])).out).toBe(
    "# Read by shop.\nSHOP_TITLE=\n\n# Of the shop.\n# Required in prod.\n# Read by shop.\nSHOP_TOKEN=",
  );
});

test("no command prints the value of a secret", async () => {
  const made = project({
    [shop]: `type: lib.ResourceComponent
requirements: { env: [SHOP_TOKEN] }
attributes:
  key: shop
  resource: http
  description: "token {{ env('SHOP_TOKEN') }}"
  attributes:
    base_url: https://example.com
    headers: { authorization: "Bearer {{ env('SHOP_TOKEN') }}" }
`,
  });
  const kinds = ["defs", "assets", "components", "resources", "env"].map((what) => ["list", what, "--json"]);
  for (const args of [...kinds, ["snapshot"], ["check"], ["check", "--format", "sarif"], ["env"]]) {
    const { code, out, talk } = await made.run(args, { SHOP_TOKEN: "hush-hush" });
    expect(code, args.join(" ")).toBe(0);
    expect(out + talk, args.join(" ")).not.toContain("hush");
  }
});

test("schema writes a schema, modelines and settings", async () => {
  const made = project({ [shop]: twoAssets });
  const { code, out } = await made.run(["schema", "--modeline", "--vscode"]);
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([".dop/schema/component.json", shop, ".vscode/settings.json"]);
  const { definitions } = JSON.parse(made.read(".dop/schema/component.json"));
  expect(Object.keys(definitions)).toEqual(expect.arrayContaining(["lib.SqlComponent", "platform.Defaults"]));
  expect(await made.run(["check"])).toMatchObject({ code: 0 });
});

test("docs tells of one class, and refuses a type that is none", async () => {
  const made = project({ [shop]: twoAssets });
  expect((await made.run(["docs", "lib.ExternalAssetsComponent"])).out).toMatch(
    /assets\[\]\.key {2}\(asset key; required\)/,
  );
  expect(await made.run(["docs", "lib.ExternalAssetComponent"])).toMatchObject({
    code: 2,
    talk: expect.stringContaining("lib.ExternalAssetsComponent"),
  });
});

test("docs --format html is one page with every class", async () => {
  const made = project({ [shop]: twoAssets });
  await made.run(["docs", "--format", "html", "-o", "page.html"]);
  const page = made.read("page.html");
  const { types } = JSON.parse((await made.run(["list", "types", "--json"])).out);
  for (const { type } of types) expect(page).toContain(`<section id="${type}">`);
  expect(page).not.toMatch(/(?:src|href)="https?:/);
});

test("scaffold defs writes a component file that passes the check, and overwrites none", async () => {
  const made = project({ [shop]: twoAssets });
  const written = await made.run(["scaffold", "defs", "lib.SqlComponent", "marts/daily"]);
  expect(written).toMatchObject({ code: 0, out: "defs/marts/daily/component.yaml" });
  expect(await made.run(["check"])).toMatchObject({ code: 0 });
  const before = made.read("defs/marts/daily/component.yaml");
  expect(await made.run(["scaffold", "defs", "lib.SqlComponent", "defs/marts/daily"])).toMatchObject({
    code: 2,
  });
  expect(made.read("defs/marts/daily/component.yaml")).toBe(before);
});

test("scaffold defs takes attributes as JSON, and tells what is wrong with them", async () => {
  const made = project({ [shop]: twoAssets });
  const attributes = { asset: { key: "mart/a", tags: { country: "NO" } }, sql: "select 1" };
  const args = ["scaffold", "defs", "lib.SqlComponent", "a", "--attributes", JSON.stringify(attributes)];
  expect(await made.run(args)).toMatchObject({ code: 0 });
  expect(parse(made.read("defs/a/component.yaml"))).toEqual({ type: "lib.SqlComponent", attributes });
  expect(await made.run([...args.slice(0, 3), "b", "--attributes", '{"assets": 1}'])).toMatchObject({
    code: 1,
    talk: expect.stringContaining("invalid-attribute-type"),
  });
  expect(await made.run([...args.slice(0, 3), "c", "--attributes", "{"])).toMatchObject({ code: 2 });
  expect(await made.run([...args.slice(0, 3), "../../out"])).toMatchObject({ code: 2 });
  expect(existsSync(join(made.root, "../out"))).toBe(false);
});

test("scaffold defs brings the files that an example names", async () => {
  const made = project({ [shop]: twoAssets });
  expect(
    await made.run(["scaffold", "defs", "lib.SlingReplicationCollectionComponent", "sling"]),
  ).toMatchObject({ code: 0 });
  expect(made.read("defs/sling/component.yaml")).toContain("./orders.replication.yaml");
  expect(existsSync(join(made.root, "defs/sling/orders.replication.yaml"))).toBe(true);
});

test("scaffold component writes a class whose scaffold passes the check", async () => {
  const made = project({ [shop]: "type: lib.FeedComponent\nattributes: { asset: { key: a } }\n" });
  const { code, out } = await made.run(["scaffold", "component", "Feed"]);
  expect(code).toBe(0);
  expect(out.split("\n")).toEqual([
    "lib/feed/feed-component.ts",
    "lib/feed/example.yaml",
    "lib/feed/feed-component.test.ts",
  ]);
  expect(await made.run(["scaffold", "defs", "lib.FeedComponent", "numbers"])).toMatchObject({ code: 0 });
  expect(await made.run(["check"])).toMatchObject({ code: 0 });
  expect(await made.run(["scaffold", "component", "Feed"])).toMatchObject({ code: 2 });
  expect(await made.run(["scaffold", "component", "no-name"])).toMatchObject({ code: 2 });
});

test("problem prints a page, lists all, and suggests the nearest code", async () => {
  const made = project({});
  expect((await made.run(["problem", "unknown-type"])).out).toMatch(/^unknown-type\n\n/);
  expect((await made.run(["problem", "error[unknown-type]"])).out).toMatch(/^unknown-type\n\n/);
  expect((await made.run(["problem"])).out.split("\n").length).toBeGreaterThan(60);
  expect(await made.run(["problem", "unknown-typ"])).toMatchObject({
    code: 2,
    talk: expect.stringContaining("unknown-type"),
  });
});

test("doctor tells of a project's needs and ends with 0 where nothing is missing", async () => {
  const made = project({ [shop]: twoAssets });
  const { code, out } = await made.run(["doctor", "--json"]);
  const { schema, findings } = JSON.parse(out);
  expect(schema).toBe("dop.doctor/1");
  expect(findings).toContainEqual({ verdict: "ok", subject: "project", text: made.root });
  expect(code).toBe(findings.some(({ verdict }: { verdict: string }) => verdict === "bad") ? 1 : 0);
});
