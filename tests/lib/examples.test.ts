import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { isComponentClass } from "../../platform/define/component.ts";
import { errorsOf, library, loadDocuments } from "./load-documents.ts";

const modules = globSync("*/*-component.ts", { cwd: library }).sort();
const examples = globSync("*/example.yaml", { cwd: library }).sort();

const classes = (
  await Promise.all(
    modules.map(async (file) => {
      const exports = (await import(pathToFileURL(join(library, file)).href)) as Record<string, unknown>;
      return Object.entries(exports).flatMap(([name, value]) =>
        isComponentClass(value) ? [{ name, file, value }] : [],
      );
    }),
  )
).flat();

test("every component class of the library is found", () => {
  expect(classes.length).toBeGreaterThanOrEqual(20);
});

test("no two classes of the library share a name", () => {
  const names = classes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test.for(classes)("$name shows itself in the example.yaml of its folder", ({ name, file, value }) => {
  expect(value.example).toContain(`type: lib.${name}`);
  expect(readFileSync(join(library, dirname(file), "example.yaml"), "utf8")).toContain(
    (value.example as string).split("\n---\n")[0]?.trim(),
  );
});

test.for(classes)("$name and each of its attributes have a description", ({ value }) => {
  const schema = value.schema as unknown as {
    description?: string;
    properties: Record<string, { description?: string }>;
  };
  expect(schema.description).toMatch(/\w/);
  const bare = Object.entries(schema.properties).filter(
    ([, attribute]) => attribute.description === undefined && !("x-dop-type" in attribute),
  );
  expect(bare.map(([name]) => name)).toEqual([]);
});

test.for(examples.map((file) => ({ file, folder: basename(dirname(file)) })))(
  "the example of lib/$folder loads without an error",
  async ({ file }) => {
    const folder = join(library, dirname(file));
    const loaded = await loadDocuments(readFileSync(join(library, file), "utf8"), {
      folder: join(folder),
      files: { "usage.ts": "export const datadogUsage = () => undefined;\n" },
    });
    expect(errorsOf(loaded)).toEqual([]);
    const quarantined = loaded.snapshot.components.filter(({ status }) => status === "quarantined");
    expect(quarantined).toEqual([]);
  },
);
