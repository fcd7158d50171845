import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { ClosingLine } from "./closing-line.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

export default defineConfig({
  root,
  resolve: {
    // Fixture projects have a package.json of their own, in which `#platform` means nothing.
    alias: [
      { find: /^(#platform|dop)\/testing$/, replacement: `${root}platform/testing.ts` },
      { find: /^(#platform|dop)$/, replacement: `${root}platform/index.ts` },
    ],
  },
  test: {
    include: ["{tests,lib,defs}/**/*.test.ts"],
    exclude: ["**/node_modules/**", "tests/fixtures/**"],
    // Processes and not threads: SQLite, DuckDB and child processes are under test.
    globalSetup: `${root}tests/temporary-folder.ts`,
    pool: "forks",
    isolate: false,
    execArgv: ["--import", fileURLToPath(new URL("../platform/host/resolve-hook.js", import.meta.url))],
    reporters: ["default", new ClosingLine()],
    coverage: {
      provider: "v8",
      include: ["platform/**/*.{ts,tsx}", "lib/**/*.ts"],
      reporter: ["text-summary", "html"],
      reportsDirectory: "coverage",
    },
  },
});
