import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AssetKey, CheckKey } from "#platform";
import type { DbtTargets } from "../../lib/dbt/invocation.ts";
import { type DbtManifest, parseManifest } from "../../lib/dbt/manifest.ts";
import type { DbtProject } from "../../lib/dbt/run-project.ts";

const fixture = fileURLToPath(new URL("../fixtures/dbt/shop", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));

/** A dbt project in a folder of its own, with its packages installed and parsed. */
export interface DbtShop {
  readonly folder: string;
  readonly manifest: DbtManifest;
  /** Models, seeds and snapshots by name, with their tests. */
  targets(...names: string[]): DbtTargets;
  /** The settings of a component that sets nothing. */
  project(changes?: Partial<DbtProject>): DbtProject;
}

export function dbtShop(): DbtShop {
  const folder = mkdtempSync(join(tmpdir(), "dbt-shop-"));
  cpSync(fixture, folder, { recursive: true });
  const env = {
    ...process.env,
    SHOP_FILE: join(folder, "shop.duckdb"),
    DBT_SEND_ANONYMOUS_USAGE_STATS: "false",
  };
  for (const command of ["deps", "parse"]) {
    const { status, stdout } = spawnSync(join(root, ".venv/bin/dbt"), [command], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(stdout);
  }
  const manifest = parseManifest(readFileSync(join(folder, "target/manifest.json"), "utf8"));
  if ("reason" in manifest) throw new Error(manifest.reason);
  const built = [...manifest.nodes.values()].filter((node) =>
    ["model", "seed", "snapshot"].includes(node.resource_type),
  );
  return {
    folder,
    manifest,
    targets(...names) {
      const chosen = built.filter(({ name }) => names.includes(name));
      const ids = new Map(chosen.map((node) => [node.unique_id, node.name]));
      const tests = [...manifest.nodes.values()].flatMap((node) => {
        if (node.resource_type !== "test" && node.resource_type !== "unit_test") return [];
        const owner = (node.depends_on?.nodes ?? [])
          .map((id) => ids.get(id))
          .find((name) => name !== undefined);
        return owner === undefined ? [] : [[`${owner}:${node.name}` as CheckKey, node] as const];
      });
      return {
        assets: new Map(chosen.map((node) => [node.name as AssetKey, node])),
        checks: new Map(tests),
        tests: true,
        manifest,
      };
    },
    project: (changes = {}) => ({
      folder,
      profilesFolder: folder,
      fullRefresh: false,
      env: { SHOP_FILE: join(mkdtempSync(join(tmpdir(), "dbt-file-")), "shop.duckdb") },
      command: "build",
      tests: "after_each",
      invocationMode: "subprocess",
      execution: { type: "local" },
      installDeps: "auto",
      defer: false,
      favorState: false,
      failFast: false,
      args: [],
      keepsCompiledSql: true,
      ...changes,
    }),
  };
}
