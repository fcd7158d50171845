import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { library } from "./load-documents.ts";

const sources = globSync("**/*.ts", { cwd: library });

/** Packages that a module imports when it is loaded, not only their types and not when a step asks. */
function eagerPackages(text: string): string[] {
  const imports = text.matchAll(/^import (?!type\b)[^;]*?from "([^".#][^"]*)";/gms);
  return [...imports].map(([, name]) => name as string).filter((name) => !name.startsWith("node:"));
}

test("loading the library imports no vendor's package", () => {
  expect(sources.length).toBeGreaterThan(50);
  const eager = sources.flatMap((file) =>
    eagerPackages(readFileSync(join(library, file), "utf8"))
      .filter((name) => !/^typebox($|\/)/.test(name))
      .map((name) => `${file} imports ${name}`),
  );
  expect(eager).toEqual([]);
});

test("an eager import would be noticed", () => {
  expect(eagerPackages('import sdk from "snowflake-sdk";\n')).toEqual(["snowflake-sdk"]);
  expect(eagerPackages('import type { Job } from "@google-cloud/bigquery";\n')).toEqual([]);
});
