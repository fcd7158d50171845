// What tests of component classes and definitions may import, as `#platform/testing`.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { memoryFiles } from "./component/file-system.ts";
import type { LoadOptions, LoadResult } from "./component/load-options.ts";
import { loadProject } from "./component/load-project.ts";
import { emptySpecs } from "./component/loaded-specs.ts";
import type { LoadedComponent, LoadedSpecs } from "./core/loaded-project.ts";
import type { Problem } from "./core/problem.ts";
import type { Component, ComponentClass } from "./define/component.ts";
import type { Definitions } from "./define/definitions.ts";

export {
  materialize,
  runJob,
  type TestInstance,
  type TestMaterializeOptions,
  type TestRunOptions,
  testInstance,
} from "./testing-materialize.ts";
export type { TestRun } from "./testing-run.ts";

export interface LoadComponentOptions {
  /** Variables of the environment; no other is set. */
  readonly env?: { readonly [name: string]: string };
  /** Texts of further files, by their path from the component's folder (`../` leads out of it). */
  readonly files?: { readonly [path: string]: string };
  /** A folder whose files lie beside the component file as well. */
  readonly folder?: string;
  /** Classes by the type name that the text uses, such as `lib.ShopComponent`. */
  readonly classes?: { readonly [type: string]: ComponentClass };
  /** What package.json would hold under `dop`. */
  readonly configuration?: { readonly [key: string]: unknown };
  readonly environment?: string;
}

/** What a component file gives: the first document's component, and all that every document defines. */
export interface LoadedForTest {
  /** Specs of all documents, as JSON without undefined fields or absolute paths. */
  readonly definitions: LoadedSpecs;
  readonly problems: readonly Problem[];
  readonly component: LoadedComponent;
  readonly components: readonly LoadedComponent[];
  /** Code of the first document. */
  readonly code: Definitions;
  readonly instance: Component | undefined;
  /** Everything that loading gives, for what is not above. */
  readonly result: LoadResult;
}

const file = "defs/demo/component.yaml";

/**
 * Loads the text of a component file as a project of its own. Files live in memory, or in a folder for temporary
 * files where a module has to be imported from them; that folder is removed before the promise settles.
 */
export async function loadComponent(
  yaml: string,
  options: LoadComponentOptions = {},
): Promise<LoadedForTest> {
  const texts = { [file]: yaml, ...filesBeside(options.files ?? {}) };
  const needsDisk =
    options.folder !== undefined || Object.keys(texts).some((path) => /\.[mc]?[tj]s$/.test(path));
  if (!needsDisk) {
    const root = "/project";
    const files = memoryFiles(
      Object.fromEntries(Object.entries(texts).map(([path, text]) => [join(root, path), text])),
    );
    return testView(await loadProject({ ...loadOptions(root, options), files }));
  }
  const root = mkdtempSync(join(tmpdir(), "dop-test-"));
  try {
    if (options.folder !== undefined) cpSync(options.folder, join(root, dirname(file)), { recursive: true });
    for (const [path, text] of Object.entries(texts)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return testView(await loadProject(loadOptions(root, options)));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** One thing that every component class must do, and whether this one does. */
export interface ConformanceFinding {
  readonly rule: string;
  readonly failure?: string;
}

/**
 * What every component class owes its users, tried on an example: it loads without an error, twice with the same
 * result, refuses unknown attributes at their key, and describes every attribute.
 */
export async function componentConformance(
  componentClass: ComponentClass,
  example: string,
  options: LoadComponentOptions = {},
): Promise<ConformanceFinding[]> {
  const type = /^type:\s*["']?([^\s"'#]+)/m.exec(example)?.[1] ?? "";
  const withClass = { ...options, classes: { [type]: componentClass, ...options.classes } };
  const first = await loadComponent(example, withClass);
  const second = await loadComponent(example, withClass);
  const errors = first.problems.filter(({ severity }) => severity === "error");
  const strange = "an_attribute_that_nobody_has";
  const wrong = await loadComponent(
    example.replace(/^attributes:[^\n]*$/m, `$&\n  ${strange}: 1`),
    withClass,
  );
  const told = wrong.problems.some(
    ({ code, path }) => code === "unknown-attribute" && path === `attributes.${strange}`,
  );
  const nameless = Object.entries(componentClass.schema?.properties ?? {})
    .filter(([, property]) => !hasDescription(property))
    .map(([name]) => name);
  const finding = (rule: string, failure: string | undefined): ConformanceFinding => ({
    rule,
    ...(failure === undefined ? {} : { failure }),
  });
  return [
    finding(
      "its example loads without an error",
      errors.length === 0 ? undefined : errors.map(({ message }) => message).join("; "),
    ),
    finding(
      "equal input gives equal definitions",
      JSON.stringify(first.definitions) === JSON.stringify(second.definitions)
        ? undefined
        : "two loads differ",
    ),
    finding(
      "an unknown attribute is told at its key",
      componentClass.schema === undefined || !/^attributes:[^\n{]*$/m.test(example) || told
        ? undefined
        : "it was taken in silence",
    ),
    finding(
      "every attribute has a description",
      nameless.length === 0 ? undefined : `without one: ${nameless.join(", ")}`,
    ),
  ];
}

function loadOptions(
  root: string,
  { env, classes, configuration, environment }: LoadComponentOptions,
): LoadOptions {
  return {
    root,
    configuration: { defs: "defs", ...configuration },
    variables: env ?? {},
    classes: byModule(classes ?? {}),
    needsCode: true,
    ...(environment === undefined ? {} : { environment }),
  };
}

function byModule(classes: { readonly [type: string]: ComponentClass }): NonNullable<LoadOptions["classes"]> {
  const modules: Record<string, Record<string, ComponentClass>> = {};
  for (const [type, componentClass] of Object.entries(classes)) {
    const cut = type.lastIndexOf(".");
    const module = type.slice(0, Math.max(0, cut));
    const found = modules[module] ?? {};
    modules[module] = found;
    found[type.slice(cut + 1)] = componentClass;
  }
  return modules;
}

function filesBeside(files: { readonly [path: string]: string }): { [path: string]: string } {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [join(dirname(file), path), text]));
}

function testView(result: LoadResult): LoadedForTest {
  const { components, problems } = result.project;
  const lists = Object.keys(components[0]?.specs ?? emptySpecs) as (keyof LoadedSpecs)[];
  const joined = Object.fromEntries(
    lists.map((list) => [list, components.flatMap(({ specs }) => specs[list] as readonly unknown[])]),
  );
  const [component] = components;
  return {
    definitions: JSON.parse(JSON.stringify({ ...emptySpecs, ...joined })) as LoadedSpecs,
    problems,
    component: component as LoadedComponent,
    components,
    code: component === undefined ? {} : (result.code.findDefinitions(component) ?? {}),
    instance: component === undefined ? undefined : result.code.findComponent(component),
    result,
  };
}

function hasDescription(schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return false;
  return "description" in schema || "x-dop-type" in schema || "const" in schema;
}
