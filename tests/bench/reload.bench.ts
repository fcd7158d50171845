// How soon is one edited file visible? The code host's own steps: load what changed, merge, make the snapshot.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createLoader } from "../../platform/component/load-project.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { generateProject } from "./generate-project.ts";
import { printLoad, printTable, spread } from "./measure.ts";

const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 15);
process.env["DOP_BENCH_LIB"] = resolve(import.meta.dirname, "../../lib");

const rows = [];
const sizes = (process.env["DOP_BENCH_SIZES"] ?? "100,1000,10000").split(",").map(Number);
for (const size of sizes) rows.push(await measureSize(size));
printLoad("at the end");
printTable("reload after one edit: median (least–most), milliseconds of wall time", rows);

async function measureSize(size: number): Promise<{ readonly [column: string]: string | number }> {
  const root = mkdtempSync(join(tmpdir(), "dop-reload-"));
  try {
    generateProject(root, size);
    const loader = createLoader({ root, variables: {} });
    let { snapshot } = mergeProject((await loader.reload()).project);
    const file = editedFile(root, size);
    const load: number[] = [];
    const merge: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      writeFileSync(
        file,
        readFileSync(file, "utf8").replace(/First table.*/, `First table, edit ${repeat}.`),
      );
      const started = performance.now();
      const { project } = await loader.reload([file]);
      const loaded = performance.now();
      const merged = mergeProject(project).snapshot;
      merge.push(performance.now() - loaded);
      load.push(loaded - started);
      if (merged.id === snapshot.id) throw new Error("the edit changed nothing");
      snapshot = merged;
    }
    const both = load.map((value, index) => value + (merge[index] as number));
    return {
      documents: size,
      "load the file": spread(load, 1),
      "merge and snapshot": spread(merge, 1),
      together: spread(both, 1),
    };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** A document of external tables in the middle of the project. */
function editedFile(root: string, size: number): string {
  const teams = Math.max(1, Math.floor(size / 50));
  const index = 5 * Math.floor(size / 10);
  return join(root, `defs/team${index % teams}/source${index}/component.yaml`);
}
