// How quick is dbt without dbt? Reading manifests and choosing nodes, of public projects and of a generated one.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";
import { type NodeSelection, selectNodes } from "../../lib/dbt/selection/select-nodes.ts";
import { conformanceFolder } from "../conformance/conformance.ts";
import { measureLoad } from "./dbt-load.ts";
import { measureRun } from "./dbt-run.ts";
import { printLoad, printTable, spread } from "./measure.ts";

const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 7);
const generatedModels = Number(process.env["DOP_BENCH_MODELS"] ?? 10_000);

const selections: readonly NodeSelection[] = [
  {},
  { select: "fqn:*" },
  { select: "path:models/**" },
  { select: "*core*" },
  { select: "tag:claims_preprocessing+" },
  { select: "@tag:dq_analytics" },
  { select: "+package:*,config.materialized:table", exclude: "resource_type:test tag:none" },
  { select: "resource_type:model", indirectSelection: "cautious" },
  { select: "config.materialized:table+ test_name:not_null", indirectSelection: "buildable" },
  { select: "state:modified+" },
  { select: "state:modified.macros,resource_type:model" },
];

/** Seconds of CPU of this process. */
function cpuSeconds(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function measured(work: () => void): number[] {
  return Array.from({ length: repeats }, () => cpuSeconds(work));
}

function parsed(text: string): DbtManifest {
  const manifest = parseManifest(text);
  if ("reason" in manifest) throw new Error(`the manifest ${manifest.reason}`);
  return manifest;
}

/** MB that stay in memory for what is kept of a manifest; only with `--expose-gc`. */
function keptMb(text: string): string {
  const collect = globalThis.gc;
  if (collect === undefined) return "?";
  collect();
  const before = process.memoryUsage().heapUsed;
  const manifest = parsed(text);
  collect();
  return `${((process.memoryUsage().heapUsed - before) / 1e6).toFixed(1)} of ${manifest.nodes.size} nodes`;
}

function measureManifest(name: string, text: string): void {
  const manifest = parsed(text);
  const state = { manifest };
  printTable(`${name}: ${(text.length / 1e6).toFixed(1)} MB, ${manifest.nodes.size} nodes`, [
    { what: "JSON.parse alone (s of CPU)", cost: spread(measured(() => JSON.parse(text))) },
    { what: "manifest read (s of CPU)", cost: spread(measured(() => parsed(text))) },
    { what: "kept (MB)", cost: keptMb(text) },
  ]);
  printTable(
    `${name}: selections (ms of CPU)`,
    selections.map((selection) => {
      const milliseconds = measured(() => selectNodes(manifest, { ...selection, state })).map(
        (s) => s * 1000,
      );
      const { select, exclude, indirectSelection } = selection;
      return {
        selection: [select ?? "(all)", exclude && `- ${exclude}`, indirectSelection]
          .filter(Boolean)
          .join(" "),
        nodes: selectNodes(manifest, { ...selection, state }).ids.size,
        cost: spread(milliseconds, 1),
      };
    }),
  );
}

/** Chains of models in folders, each model with two tests, in the form of dbt 1.11. */
function generatedManifest(models: number): string {
  const nodes: { [id: string]: object } = {};
  const common = {
    package_name: "made",
    resource_type: "model",
    tags: [],
    meta: {},
    columns: {},
    patch_path: null,
  };
  for (let at = 0; at < models; at++) {
    const [folder, name] = [`part_${at % 40}`, `model_${at}`];
    const parents = [at - 1, at - 40, at - 400].filter((parent) => parent >= 0 && at % 40 !== 0);
    nodes[`model.made.${name}`] = {
      ...common,
      unique_id: `model.made.${name}`,
      name,
      fqn: ["made", folder, name],
      original_file_path: `models/${folder}/${name}.sql`,
      config: { enabled: true, materialized: at % 3 === 0 ? "table" : "view", tags: [], meta: {} },
      unrendered_config: {},
      alias: name,
      schema: "main",
      raw_code: `select * from {{ ref('model_${at - 1}') }} -- ${"x".repeat(400)}`,
      checksum: { name: "sha256", checksum: String(at) },
      depends_on: { macros: [], nodes: parents.map((parent) => `model.made.model_${parent}`) },
    };
    for (const kind of ["unique", "not_null"]) {
      const id = `test.made.${kind}_${name}_id.${at}`;
      nodes[id] = {
        ...common,
        unique_id: id,
        resource_type: "test",
        name: `${kind}_${name}_id`,
        fqn: ["made", folder, `${kind}_${name}_id`],
        original_file_path: `models/${folder}/schema.yml`,
        config: { enabled: true, severity: "ERROR" },
        test_metadata: { name: kind },
        raw_code: `{{ test_${kind}(**_dbt_generic_test_kwargs) }}`,
        attached_node: `model.made.${name}`,
        depends_on: { macros: [`macro.dbt.test_${kind}`], nodes: [`model.made.${name}`] },
      };
    }
  }
  const metadata = {
    dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
    dbt_version: "1.11.14",
    project_name: "made",
    adapter_type: "duckdb",
  };
  return JSON.stringify({ metadata, nodes, macros: {} });
}

printLoad("before");
const tuva = resolve(conformanceFolder(), "dbt/manifests/tuva_integration.json.gz");
if (existsSync(tuva)) {
  const text = gunzipSync(readFileSync(tuva)).toString();
  measureManifest("Tuva", text);
  await measureLoad("Tuva", text, { repeats, bar: "0.8" });
} else console.log(`no manifest of Tuva at ${tuva}: not measured`);
const made = generatedManifest(generatedModels);
measureManifest("generated", made);
await measureLoad("generated", made, { repeats, bar: `4 with 10,000 models, here ${generatedModels}` });
if (process.env["DOP_BENCH_PART"] !== "load") measureRun(Math.min(repeats, 5));
printLoad("after");
