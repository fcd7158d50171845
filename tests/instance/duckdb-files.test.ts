import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { withRealFiles } from "../../platform/instance/duckdb-files.ts";

test("two ways to write a DuckDB file are one pool, also before the file is there", () => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "dop-files-")));
  onTestFinished(() => rmSync(root, { recursive: true }));
  mkdirSync(join(root, "data"));
  symlinkSync(join(root, "data"), join(root, "link"));
  const plan = {
    pools: { "duckdb:data/shop.duckdb": 1, "duckdb:link/shop.duckdb": 3, api: 2 },
    steps: [
      { key: "a", pool: "duckdb:data/shop.duckdb" },
      { key: "b", pool: "api", pools: ["duckdb:data/shop.duckdb", "duckdb:link/shop.duckdb"] },
    ],
  } as unknown as RunPlan;
  const pool = `duckdb:${join(root, "data/shop.duckdb")}`;
  expect(withRealFiles(plan, root)).toEqual({
    pools: { [pool]: 1, api: 2 },
    steps: [
      { key: "a", pool },
      { key: "b", pool: "api", pools: [pool] },
    ],
  });
});
