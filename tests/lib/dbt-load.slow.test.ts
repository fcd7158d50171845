import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { requireTool } from "../require-tool.ts";
import { DbtLoadProject, keysOf } from "./dbt-load-project.ts";
import { library } from "./load-documents.ts";

const example = join(library, "dbt/example_project");

/** The example's project with the real dbt, whose calls are noted. */
function realProject(dbt: string, attributes: readonly string[]): DbtLoadProject {
  const project = new DbtLoadProject({ attributes, dbt: `exec "${dbt}" "$@"` });
  for (const file of readdirSync(example, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || file.name === "manifest.json") continue;
    const path = join(file.parentPath, file.name);
    project.write(`dbt/${path.slice(example.length + 1)}`, readFileSync(path, "utf8"));
  }
  return project;
}

test("dbt parses a project once, and again when a file of it has changed", {
  timeout: 300_000,
}, async (context) => {
  const project = realProject(requireTool(context, "dbt"), []);
  expect(keysOf(await project.load())).toEqual(["customers", "raw_orders", "stg_orders"]);
  const before = (await project.load()).components[0]?.hash;
  expect((await project.load("worker")).components[0]?.hash).toBe(before);
  expect(project.calls.length).toBe(1);
  project.write("dbt/models/marts/totals.sql", "select count(*) as total from {{ ref('customers') }}");
  const { definitions } = await project.load();
  expect(definitions.assets.find(({ key }) => key === "totals")?.deps).toEqual(["customers"]);
  expect(project.calls.length).toBe(2);
  project.write("dbt/models/marts/totals.sql", "select * from {{ ref('nobody') }}");
  expect((await project.load()).problems).toMatchObject([
    { code: "tool-failed", message: expect.stringContaining("nobody") },
  ]);
  expect(readdirSync(join(project.root, "defs/demo/dbt")).sort()).toEqual([
    "dbt_project.yml",
    "models",
    "profiles.yml",
    "seeds",
  ]);
});

test("`ls`, `ls_file` and `manifest` find what `parse` finds", { timeout: 300_000 }, async (context) => {
  const project = realProject(requireTool(context, "dbt"), ["load: ls", "select: customers+ stg_orders"]);
  const listed = await project.load();
  expect(listed.problems).toEqual([]);
  expect(listed.definitions.steps[0]?.assets.toSorted()).toEqual(["customers", "stg_orders"]);
  const checks = listed.definitions.checks.map(({ key }) => key);
  expect(checks.length).toBe(4);
  expect(project.calls.length).toBe(1);
  // The call has left the manifest that `parse` would make.
  const choice = ["select: customers+ stg_orders"];
  project.component(["load: parse", ...choice]);
  const parsed = await project.load();
  expect(project.calls.length).toBe(1);
  const made = join(project.root, ".dop/cache/made");
  const manifest = readdirSync(made, { recursive: true, withFileTypes: true }).find(
    ({ parentPath, name }) => parentPath.includes("dbt-parse") && !name.endsWith(".msgpack"),
  );
  if (manifest === undefined) throw new Error("no manifest is kept");
  mkdirSync(join(project.root, "defs/demo/dbt/target"));
  copyFileSync(
    join(manifest.parentPath, manifest.name),
    join(project.root, "defs/demo/dbt/target/manifest.json"),
  );
  project.component(["load: manifest", ...choice]);
  const read = await project.load();
  project.write(
    "listed.json",
    listed.definitions.steps[0]?.assets
      .map((key) => JSON.stringify({ unique_id: `model.shop.${key}` }))
      .join("\n") ?? "",
  );
  project.component(["ls_file: ./listed.json", "manifest: ./dbt/target/manifest.json"]);
  const ofFile = await project.load();
  const specs = ({ definitions }: typeof listed) =>
    definitions.assets.map(({ key, deps, metadata, codeVersion }) => ({ key, deps, metadata, codeVersion }));
  for (const other of [parsed, read, ofFile]) expect(specs(other)).toEqual(specs(listed));
  expect(read.definitions.checks.map(({ key }) => key)).toEqual(checks);
  expect(project.calls.length).toBe(1);
});
