import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { asset } from "../../platform/define/asset.ts";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { runInProcess } from "../run/run-in-process.ts";

test("a database file that another process has open is a step error that trying again may mend", async () => {
  await using engine = new DuckDb();
  const file = join(mkdtempSync(join(tmpdir(), "dop-duckdb-")), "data.duckdb");
  const code = `
    const { DuckDBInstance } = require("@duckdb/node-api");
    DuckDBInstance.create(process.argv[1]).then((instance) => {
      globalThis.kept = instance;
      console.log("open");
      setTimeout(() => {}, 60000);
    });
  `;
  const holder = spawn(process.execPath, ["-e", code, file], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    await once(holder.stdout, "data");
    await expect(engine.attach(file, "data")).rejects.toMatchObject({ name: "StepError", retry: "later" });
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
  }
  await engine.attach(file, "data");
  expect(await engine.query("create table data.t as select 1 as n; select * from data.t")).toEqual([
    { n: 1 },
  ]);
});

test("the file of the DuckDB IO is let go when no step uses it, so that a command of the run may open it", async () => {
  const code = `
    const { DuckDBInstance } = require("@duckdb/node-api");
    DuckDBInstance.create(process.argv[1]).then(() => process.exit(0), (error) => {
      console.error(error.message);
      process.exit(1);
    });
  `;
  const stored = asset({ key: "stored", io: "duckdb" }, () => [{ n: 1 }]);
  const command = asset(
    { key: "command", deps: ["stored"], io: "memory" },
    async ({ subprocess, dataFolder }) => {
      await subprocess(process.execPath, ["-e", code, join(dataFolder, "duckdb/data.duckdb")], {
        cwd: import.meta.dirname,
      });
    },
  );
  const reader = asset({ key: "reader", deps: ["command"], ins: { stored } }, ({ stored: rows }) => [
    ...rows,
  ]);
  const { outcome, of } = await runInProcess([stored, command, reader]);
  expect(of("step.failed")).toEqual([]);
  expect(outcome).toBe("success");
});
