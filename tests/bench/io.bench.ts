// How much memory does a run worker need for an asset of 500 MB of Parquet? As a query, as batches of rows, as a file.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { quoteLiteral } from "../../platform/io/sql-text.ts";
import { measureNode, printLoad, printTable } from "./measure.ts";

const repository = resolve(import.meta.dirname, "../..");
const dop = resolve(repository, "platform/cli/dop.js");
const megabytes = Number(process.env["DOP_BENCH_MB"] ?? 500);
/** What the columns below come to, compressed. */
const bytesPerRow = 35;
const all = ["nothing", "relation", "file", "batches"] as const;
const shapes = all.filter((shape) => (process.env["DOP_BENCH_IO"] ?? shape).includes(shape));

/** Each is followed by an asset of the same run, and so of the same process, that tells the most memory it has held. */
const definitions = `
import { asset, assetKey, sqlRelation, storedFile } from "#platform";

const source = assetKey("source");
const makes = {
  nothing: () => undefined,
  relation: () =>
    sqlRelation("select *, price * 2 as double_price from source where region <> 3", { source }),
  file: ({ dataFolder }) => storedFile(dataFolder + "/parquet/source/_.parquet"),
  async *batches({ context }) {
    for await (const batch of await context.load(source, { as: "batches" })) {
      yield batch.filter((row) => row.region !== 3).map((row) => ({ ...row, double_price: row.price * 2 }));
    }
  },
};
export const assets = Object.entries(makes).flatMap(([name, make]) => [
  asset({ key: name, deps: ["source"], io: "parquet" }, make),
  asset({ key: name + "_cost", deps: [name], io: "json" }, () => ({
    peakMb: process.resourceUsage().maxRSS / 1000,
    cpuSeconds: process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6,
  })),
]);
export const external = { assets: [{ key: source, io: "parquet" }] };
`;

const root = mkdtempSync(join(tmpdir(), "dop-bench-io-"));
try {
  printLoad("at the start");
  const source = join(root, ".dop/data/parquet/source/_.parquet");
  await writeProject(source);
  const size = statSync(source).size / 1e6;
  const rows = shapes.map((shape) => measure(shape));
  printLoad("at the end");
  printTable(`io: a run over ${size.toFixed(0)} MB of Parquet, in its worker`, rows);
} finally {
  rmSync(root, { recursive: true, force: true });
}

async function writeProject(source: string): Promise<void> {
  mkdirSync(join(root, "defs"), { recursive: true });
  mkdirSync(join(source, ".."), { recursive: true });
  writeFileSync(join(root, "package.json"), JSON.stringify({ dop: { defs: "defs", io: "parquet" } }));
  writeFileSync(join(root, "defs/assets.ts"), definitions);
  await using engine = new DuckDb({ memory: "1GB" });
  await engine.query(`
    copy (
      select i as id, hash(i) as code, random() as price, md5(i::varchar) as name, i % 7 as region
      from range(${Math.round((megabytes * 1e6) / bytesPerRow)}) t(i)
    ) to ${quoteLiteral(source)} (format parquet, compression zstd)
  `);
}

function measure(shape: (typeof all)[number]): { readonly [column: string]: string | number } {
  const { wallSeconds } = measureNode([dop, "materialize", "--select", `${shape} or ${shape}_cost`], {
    cwd: root,
  });
  const cost = JSON.parse(readFileSync(join(root, `.dop/data/json/${shape}_cost/_.json`), "utf8")) as {
    peakMb: number;
    cpuSeconds: number;
  };
  return {
    asset: shape,
    "wall s": wallSeconds.toFixed(1),
    "worker CPU s": cost.cpuSeconds.toFixed(1),
    "worker peak MB": cost.peakMb.toFixed(0),
  };
}
