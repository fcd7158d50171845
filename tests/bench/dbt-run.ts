import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { median, printTable, spread } from "./measure.ts";

const root = resolve(import.meta.dirname, "../..");
const dbt = join(root, ".venv/bin/dbt");
const models = 200;

interface Spent {
  readonly wall: number;
  readonly cpu: number;
}

/** Seconds of CPU of all children that have ended. */
function childrenCpu(): number {
  const fields = readFileSync("/proc/self/stat", "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

function spent(command: string, args: readonly string[], cwd: string): Spent {
  const before = { cpu: childrenCpu(), wall: performance.now() };
  const env = { ...process.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false" };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${stdout}${stderr}`);
  return { cpu: childrenCpu() - before.cpu, wall: (performance.now() - before.wall) / 1000 };
}

/** What a run of 200 models costs beyond `dbt build` of the same project, by turns. */
export function measureRun(repeats: number): void {
  if (!existsSync(dbt) || process.platform !== "linux") {
    console.log("no dbt in .venv, or no /proc: overhead of a run not measured");
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), "dop-bench-dbt-"));
  try {
    writeProject(folder);
    const project = join(folder, "defs/shop/dbt");
    const dop = [join(root, "platform/cli/dop.js"), "materialize", "--select", "*"];
    const plain = (): Spent => spent(dbt, ["build", "--profiles-dir", "."], project);
    const ours = (): Spent => spent(process.execPath, dop, folder);
    // The first of each parses and loads.
    plain();
    ours();
    const pairs = Array.from({ length: repeats }, (_, round) => {
      const [first, second] = round % 2 === 0 ? [plain, ours] : [ours, plain];
      const both = [first(), second()] as const;
      return round % 2 === 0 ? { plain: both[0], ours: both[1] } : { plain: both[1], ours: both[0] };
    });
    printTable(
      `a run of ${models} models, ${repeats} times by turns (s)`,
      (["cpu", "wall"] as const).map((what) => ({
        what,
        "dbt build": spread(pairs.map((pair) => pair.plain[what])),
        "dop materialize": spread(pairs.map((pair) => pair.ours[what])),
        overhead: `${(100 * (median(pairs.map((pair) => pair.ours[what] / pair.plain[what])) - 1)).toFixed(1)} %`,
      })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function writeProject(folder: string): void {
  const project = join(folder, "defs/shop/dbt");
  mkdirSync(join(project, "models"), { recursive: true });
  const files: { readonly [path: string]: string } = {
    "package.json": '{ "name": "bench", "dop": {} }',
    "defs/shop/component.yaml":
      "type: lib.DbtProjectComponent\nattributes: { project: ./dbt, load: manifest }\n",
    "defs/shop/dbt/dbt_project.yml":
      "name: shop\nversion: 1.0.0\nprofile: shop\nmodels:\n  +materialized: table\n",
    "defs/shop/dbt/profiles.yml":
      "shop:\n  target: dev\n  outputs:\n    dev: { type: duckdb, path: shop.duckdb, threads: 2 }\n",
  };
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
  for (let at = 0; at < models; at++) {
    const parents = [at - 1, at - 20].filter((parent) => parent >= 0 && at % 20 !== 0);
    const from = parents.map((parent) => `select * from {{ ref('model_${parent}') }}`);
    const sql = from.length === 0 ? "select range as id from range(1000)" : from.join(" union ");
    writeFileSync(join(project, `models/model_${at}.sql`), `${sql}\n`);
  }
  symlinkTools(folder);
  spent(dbt, ["parse", "--profiles-dir", "."], project);
}

/** The project's own dbt is this one. */
function symlinkTools(folder: string): void {
  const bin = join(folder, ".venv/bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(join(bin, "dbt"), readFileSync(dbt), { mode: 0o755 });
}
