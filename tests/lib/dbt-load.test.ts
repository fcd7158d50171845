import { rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { manifestOfListed, parseListed } from "../../lib/dbt/listed-nodes.ts";
import { sharedManifest } from "../../lib/dbt/shared-manifest.ts";
import { DbtLoadProject, keysOf } from "./dbt-load-project.ts";
import { manifestText } from "./dbt-manifest-text.ts";
import { loadDocuments } from "./load-documents.ts";

const manifest = manifestText({
  "model.shop.orders": {},
  "model.shop.customers": { parents: ["model.shop.orders"] },
});

/** dbt that finds the same in every project. */
const parsing = `printf '%s' '${manifest}' > "$TARGET/manifest.json"`;

function dbtProject(attributes: readonly string[] = [], dbt = parsing): DbtLoadProject {
  const project = new DbtLoadProject({ attributes, dbt });
  project.write("dbt/dbt_project.yml", "name: shop\nprofile: shop\n");
  project.write("dbt/models/orders.sql", "select 1");
  return project;
}

describe("a project that is parsed", () => {
  test("dbt is called once for as long as the project stays the same", async () => {
    const project = dbtProject();
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    project.append("component.yaml", "  tests: none\n");
    await project.load();
    expect(project.calls.length).toBe(1);
  });

  test.for([
    ["a changed model", "dbt/models/orders.sql"],
    ["a new model", "dbt/models/deep/er/new.sql"],
    ["a seed", "dbt/seeds/rates.csv"],
    ["a package", "dbt/dbt_packages/p/macros/m.sql"],
    ["settings", "dbt/dbt_project.yml"],
    ["a profile", "dbt/profiles.yml"],
    ["selectors", "dbt/selectors.yml"],
  ])("%s has it parsed again", async ([, file]) => {
    const project = dbtProject();
    await project.load();
    project.append(file as string, "\n");
    await project.load();
    expect(project.calls.length).toBe(2);
    await project.load();
    expect(project.calls.length).toBe(2);
  });

  test.for(["dbt/target/manifest.json", "dbt/logs/dbt.log", "dbt/shop.duckdb", "notes.md"])(
    "%s does not concern it",
    async (file) => {
      const project = dbtProject();
      await project.load();
      project.append(file, "x");
      await project.load();
      expect(project.calls.length).toBe(1);
    },
  );

  test("folders that dbt_project.yml names are watched, and local packages", async () => {
    const project = dbtProject();
    project.append("dbt/dbt_project.yml", "model-paths: [sql]\n");
    project.write("dbt/packages.yml", "packages: [{ local: ../common }]\n");
    project.write("common/dbt_project.yml", "name: common\n");
    await project.load();
    const before = project.calls.length;
    project.append("dbt/models/orders.sql", "\n");
    await project.load();
    expect(project.calls.length).toBe(before);
    for (const file of ["dbt/sql/orders.sql", "common/macros/m.sql"]) {
      const count = project.calls.length;
      project.append(file, "\n");
      await project.load();
      expect(project.calls.length).toBeGreaterThan(count);
    }
  });

  test("a variable that a file names has it parsed again, others do not", async () => {
    const project = dbtProject();
    project.write("dbt/models/orders.sql", "select '{{ env_var(\"REGION\", 'eu') }}'");
    for (const [variables, calls] of [
      [{}, 1],
      [{ OTHER: "x" }, 1],
      [{ REGION: "us" }, 2],
      [{}, 2],
    ] as const) {
      project.variables = variables;
      await project.load();
      expect(project.calls.length).toBe(calls);
    }
  });

  test("vars, target and profile are dbt's own, and part of what is kept", async () => {
    const project = dbtProject();
    const settings = ["load: parse", "target: prod", "profile: other", "vars: { region: eu }"];
    for (const attributes of [settings.slice(0, 1), settings, settings.slice(0, 1)]) {
      project.component(attributes);
      await project.load();
    }
    expect(project.calls.length).toBe(2);
    expect(project.calls[1]).toContain('--profile other --target prod --vars {"region":"eu"}');
  });

  test("a run's worker reads what is kept and never calls dbt", async () => {
    const project = dbtProject();
    const [planned] = (await project.load()).components;
    const [found] = (await project.load("worker")).components;
    expect(found?.hash).toBe(planned?.hash);
    project.append("dbt/models/orders.sql", "\n");
    const { problems } = await project.load("worker");
    expect(problems).toMatchObject([{ code: "invalid-attribute-value", path: "attributes.project" }]);
    expect(project.calls.length).toBe(1);
  });

  test("what is kept and gone is made again", async () => {
    const project = dbtProject();
    await project.load();
    rmSync(join(project.root, ".dop/cache/made"), { recursive: true });
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    expect(project.calls.length).toBe(2);
  });

  test("what dbt refuses is a problem in its own words, until the project changes", async () => {
    const refusal = {
      info: {
        name: "MainEncounteredError",
        level: "error",
        msg: "Encountered an error:\nCompilation Error in model orders",
      },
    };
    const project = dbtProject([], `echo '${JSON.stringify(refusal).replaceAll("\\n", "\\\\n")}'; exit 2`);
    for (let load = 0; load < 2; load++) {
      expect((await project.load()).problems).toMatchObject([
        {
          code: "tool-failed",
          path: "attributes.project",
          message: "dbt cannot read the project ./dbt: Compilation Error in model orders",
        },
      ]);
    }
    expect(project.calls.length).toBe(1);
    project.install(parsing);
    project.append("dbt/models/orders.sql", "\n");
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
  });

  test("what is wrong around the project is tried again", async () => {
    const project = dbtProject([], "echo 'no such profile' >&2; exit 1");
    expect((await project.load()).problems).toMatchObject([
      { code: "tool-failed", message: expect.stringContaining("no such profile") },
    ]);
    project.install(parsing);
    const { problems } = await project.load();
    expect(problems).toEqual([]);
  });

  test("packages that are named and not installed are installed first", async () => {
    const project = dbtProject();
    project.write("dbt/packages.yml", "packages: [{ package: dbt-labs/dbt_utils, version: 1.0.0 }]\n");
    await project.load();
    expect(project.calls.map((call) => / (deps|parse) /.exec(call)?.[1])).toEqual(["deps", "parse"]);
    project.component(["load: parse", "install_deps: false", "target: x"]);
    await project.load();
    expect(project.calls.filter((call) => / deps /.test(call)).length).toBe(1);
  });

  test("a copy of a project elsewhere gives definitions of the same hash", async () => {
    const [one, other] = [dbtProject(), dbtProject([], `sleep 0; ${parsing}`)];
    const hashes = [await one.load(), await other.load()].map(({ components }) => components[0]?.hash);
    expect(hashes[0]).toBe(hashes[1]);
  });
});

describe("without dbt", () => {
  test("a project's own manifest is read", async () => {
    const project = dbtProject([], "none");
    project.write("dbt/target/manifest.json", manifest);
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    expect((await project.load("worker")).components[0]?.hash).toBe(
      (await project.load()).components[0]?.hash,
    );
  });

  test("the component waits for the tool, and is there as soon as that is", async () => {
    const project = dbtProject([], "none");
    const { problems, components } = await project.load();
    expect(problems).toEqual([]);
    expect(components).toMatchObject([{ assets: [], tools: ["dbt"], status: "ready" }]);
    project.install(parsing);
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
  });
});

describe("load methods", () => {
  const listing = `${parsing}
case "$*" in *" ls "*) echo '{"unique_id": "model.shop.customers"}';; esac`;

  test("`ls` takes the nodes that dbt itself chooses, in one call", async () => {
    const project = dbtProject(["load: ls", "select: [customers, 'tag:x']", "exclude: orders"], listing);
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    expect(project.calls).toMatchObject([
      expect.stringContaining(
        "ls --output json --output-keys unique_id --select customers tag:x --exclude orders",
      ),
    ]);
    const { definitions, components } = await project.load("worker");
    expect(definitions.steps[0]?.assets).toEqual(["customers"]);
    expect(components[0]?.hash).toBe((await project.load()).components[0]?.hash);
    expect(project.calls.length).toBe(1);
  });

  test.for([
    { method: "manifest", attributes: ["load: manifest"], calls: 0 },
    { method: "automatic", attributes: ["manifest: ./dbt/target/manifest.json"], calls: 0 },
    { method: "automatic", attributes: [], calls: 1 },
    { method: "parse", attributes: ["load: parse", "manifest: ./dbt/target/manifest.json"], calls: 1 },
  ])("`load: $method` with $attributes calls dbt $calls times", async ({ attributes, calls }) => {
    const project = dbtProject(attributes);
    project.write("dbt/target/manifest.json", manifest);
    expect(keysOf(await project.load())).toEqual(["customers", "orders"]);
    expect(project.calls.length).toBe(calls);
  });

  const listed = [
    {
      unique_id: "model.shop.orders",
      resource_type: "model",
      original_file_path: "models/staging/orders.sql",
      depends_on: { nodes: ["source.shop.raw.orders"] },
      tags: ["core"],
    },
    { unique_id: "source.shop.raw.orders", resource_type: "source" },
    {
      unique_id: "test.shop.t",
      resource_type: "test",
      name: "t",
      depends_on: { nodes: ["model.shop.orders"] },
    },
  ].map((node) => JSON.stringify(node));

  test.for([
    { what: "all that is listed", attributes: [], keys: ["orders", "raw/orders"], checks: ["orders:t"] },
    {
      what: "less, if a selection says so",
      attributes: ["select: source:raw"],
      keys: ["raw/orders"],
      checks: [],
    },
    {
      what: "with a manifest its nodes",
      attributes: ["manifest: ./manifest.json"],
      keys: ["orders"],
      checks: [],
    },
  ])("`ls_file` gives $what", async ({ attributes, keys, checks }) => {
    const lines = ["load: ls_file", "ls_file: ./listed.json", ...attributes]
      .map((line) => `  ${line}\n`)
      .join("");
    const loaded = await loadDocuments(
      `type: lib.DbtProjectComponent\nattributes:\n  project: ./dbt\n${lines}`,
      {
        files: { "listed.json": `Running with dbt\n${listed.join("\n")}\n`, "manifest.json": manifest },
      },
    );
    expect(loaded.problems).toEqual([]);
    expect(keysOf(loaded.snapshot)).toEqual(keys);
    expect(loaded.snapshot.definitions.checks.map(({ key }) => key)).toEqual(checks);
  });

  test.for([
    { attributes: ["load: parse"], problem: { code: "file-not-found", path: "attributes.project" } },
    { attributes: ["load: ls"], problem: { code: "file-not-found", path: "attributes.project" } },
    { attributes: ["load: ls_file"], problem: { code: "missing-attribute" } },
    { attributes: ["ls_file: ./no.json"], problem: { code: "file-not-found", path: "attributes.ls_file" } },
    { attributes: ["manifest: ./no.json"], problem: { code: "file-not-found", path: "attributes.manifest" } },
    {
      attributes: ["manifest: ./component.yaml"],
      problem: { code: "invalid-attribute-value", path: "attributes.manifest" },
    },
  ])("$attributes of a project that is not there: $problem", async ({ attributes, problem }) => {
    const lines = attributes.map((line) => `  ${line}\n`).join("");
    const loaded = await loadDocuments(
      `type: lib.DbtProjectComponent\nattributes:\n  project: ./nowhere\n${lines}`,
    );
    expect(loaded.snapshot.problems).toMatchObject([problem]);
  });
});

describe("what `dbt ls` prints", () => {
  test("nodes are bare lines or events of the log, among other lines", () => {
    const event = {
      info: { name: "PrintEvent", level: "info" },
      data: { msg: '{"unique_id": "model.a.y"}' },
    };
    const text = `Found 2 models\n{"unique_id": "model.a.x"}\n${JSON.stringify(event)}\n{"info": {"name": "StatsLine"}}\n`;
    expect(parseListed(text)).toMatchObject([{ unique_id: "model.a.x" }, { unique_id: "model.a.y" }]);
  });

  test.for(['{"name": "x"}', "{broken"])("%s is no node", (line) => {
    expect(parseListed(line)).toHaveProperty("reason");
  });

  test("what is left out follows from the id", () => {
    const { nodes, projectName } = manifestOfListed([
      { unique_id: "model.a.x", original_file_path: "models/mart/x.sql" } as never,
      { unique_id: "source.a.raw.t" } as never,
      { unique_id: "model.b.y" } as never,
    ]);
    expect(projectName).toBe("a");
    expect(nodes.get("model.a.x")).toMatchObject({
      name: "x",
      resource_type: "model",
      fqn: ["a", "mart", "x"],
    });
    expect(nodes.get("source.a.raw.t")).toMatchObject({
      name: "t",
      source_name: "raw",
      fqn: ["a", "raw", "t"],
    });
  });
});

test("components share one parsed manifest until its file changes", () => {
  const project = dbtProject();
  project.write("manifest.json", manifest);
  const file = join(project.root, "defs/demo/manifest.json");
  const first = sharedManifest(file);
  expect(sharedManifest(file)).toBe(first);
  const { atime } = statSync(file);
  utimesSync(file, atime, new Date(2026, 0, 1));
  expect(sharedManifest(file)).not.toBe(first);
});
