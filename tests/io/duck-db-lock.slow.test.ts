import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DuckDb } from "../../platform/io/duck-db.ts";

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
