// How long does loading take? `dop check` over generated projects, beside bare parsing of the same files.
import { appendFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { generateProject } from "./generate-project.ts";
import { type Cost, measureNode, median, printLoad, printTable, spread } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const dop = resolve(repository, "platform/cli/dop.js");
const bare = resolve(import.meta.dirname, "bare-parse.ts");
const sizes = (process.env["DOP_BENCH_SIZES"] ?? "100,1000,10000").split(",").map(Number);
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 5);

process.env["DOP_BENCH_LIB"] = resolve(repository, "lib");

printLoad("at the start");
const rows = [];
for (const size of sizes) rows.push(measureSize(size));
printLoad("at the end");
printTable("load: median (least–most) of whole processes, seconds", rows);

function measureSize(size: number): { readonly [column: string]: string | number } {
  const root = mkdtempSync(join(tmpdir(), `dop-bench-${size}-`));
  try {
    generateProject(root, size);
    check(root);
    const costs: { bare: Cost[]; cold: Cost[]; warm: Cost[]; edited: Cost[] } = {
      bare: [],
      cold: [],
      warm: [],
      edited: [],
    };
    for (let repeat = 0; repeat < (size >= 10_000 ? Math.min(3, repeats) : repeats); repeat++) {
      forget(root);
      // In turns which goes first, so that neither always finds the folders in the system's memory.
      const inTurn = [
        () => costs.bare.push(measureNode([bare], { cwd: root })),
        () => costs.cold.push(check(root)),
      ];
      for (const measure of repeat % 2 === 0 ? inTurn : inTurn.toReversed()) measure();
      costs.warm.push(check(root));
      appendFileSync(join(root, "defs/component.yaml"), "# edited\n");
      costs.edited.push(check(root));
    }
    const wall = (list: readonly Cost[]) => spread(list.map(({ wallSeconds }) => wallSeconds));
    const cpu = (list: readonly Cost[]) => median(list.map(({ cpuSeconds }) => cpuSeconds)).toFixed(2);
    const ratio = costs.cold.map(
      ({ wallSeconds }, index) => wallSeconds / (costs.bare[index] as Cost).wallSeconds,
    );
    return {
      documents: size,
      "bare parse": wall(costs.bare),
      cold: wall(costs.cold),
      "cold / bare": spread(ratio),
      unchanged: wall(costs.warm),
      "one edited": wall(costs.edited),
      "CPU cold / bare": spread(
        costs.cold.map(({ cpuSeconds }, index) => cpuSeconds / (costs.bare[index] as Cost).cpuSeconds),
      ),
      "CPU s bare/cold/unchanged": [cpu(costs.bare), cpu(costs.cold), cpu(costs.warm)].join(" / "),
      "peak MB": Math.max(...costs.cold.map(({ peakMb }) => peakMb)).toFixed(0),
      "cold ms per document": (
        (median(costs.cold.map(({ wallSeconds }) => wallSeconds)) * 1000) /
        size
      ).toFixed(2),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Removes all that is kept of loads; compiled code stays. */
function forget(root: string): void {
  const cache = join(root, ".dop/cache");
  for (const entry of readdirSync(cache))
    if (entry !== "code") rmSync(join(cache, entry), { recursive: true });
}

function check(root: string): Cost {
  const cost = measureNode([dop, "check", "--format", "json"], { cwd: root });
  const { summary } = JSON.parse(cost.stdout) as { summary: { documents: number; errors: number } };
  if (summary.errors > 0)
    throw new Error(`the generated project has ${summary.errors} errors: ${cost.stdout.slice(0, 2000)}`);
  return cost;
}
