import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findTool } from "../../platform/component/find-tool.ts";

function machine(files: { readonly [path: string]: number }): string {
  const root = mkdtempSync(join(tmpdir(), "dop-tool-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, mode] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), "");
    chmodSync(join(root, path), mode);
  }
  return root;
}

test("a tool of the project's .venv comes before one on PATH", () => {
  const root = machine({ ".venv/bin/dbt": 0o755, "bin/dbt": 0o755 });
  expect(findTool("dbt", { root, path: join(root, "bin") })).toBe(join(root, ".venv/bin/dbt"));
});

test("the first folder of PATH that has it counts, and what cannot be executed does not", () => {
  const root = machine({ "a/dbt": 0o644, "b/dbt": 0o755, "c/dbt": 0o755 });
  const path = ["a", "b", "c"].map((name) => join(root, name)).join(delimiter);
  expect(findTool("dbt", { root, path })).toBe(join(root, "b/dbt"));
});

test("a folder of that name is no tool", () => {
  const root = machine({ "bin/dbt/readme": 0o755 });
  expect(findTool("dbt", { root, path: join(root, "bin") })).toBeUndefined();
});

test("a name with a slash is a path from the project", () => {
  const root = machine({ "scripts/load.sh": 0o755 });
  expect(findTool("./scripts/load.sh", { root, path: undefined })).toBe(join(root, "scripts/load.sh"));
});
