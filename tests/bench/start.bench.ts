// What does starting dop cost over bare Node? `dop --help` with a warm compile cache.
import { resolve } from "node:path";
import { type Cost, measureNode, median, printLoad, printTable, spread } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const dop = resolve(repository, "platform/cli/dop.js");
const repeats = Number(process.env["DOP_BENCH_REPEATS"] ?? 15);

measureNode([dop, "--help"], { cwd: repository });
const bare: Cost[] = [];
const help: Cost[] = [];
for (let repeat = 0; repeat < repeats; repeat++) {
  bare.push(measureNode(["-e", "0"], { cwd: repository }));
  help.push(measureNode([dop, "--help"], { cwd: repository }));
}
const milliseconds = (costs: readonly Cost[]) => costs.map(({ wallSeconds }) => wallSeconds * 1000);
printLoad("at the end");
printTable("start: median (least–most), milliseconds", [
  {
    what: "node -e 0",
    wall: spread(milliseconds(bare), 0),
    "CPU ms": (median(bare.map(({ cpuSeconds }) => cpuSeconds)) * 1000).toFixed(0),
  },
  {
    what: "dop --help",
    wall: spread(milliseconds(help), 0),
    "CPU ms": (median(help.map(({ cpuSeconds }) => cpuSeconds)) * 1000).toFixed(0),
  },
]);
