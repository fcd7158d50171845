import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { onTestFinished } from "vitest";
import type { LoadResult } from "../../platform/component/load-options.ts";
import { loadProject } from "../../platform/component/load-project.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { StepDefinition } from "../../platform/define/step.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";

export const library = resolve(import.meta.dirname, "../../lib");

export interface Loaded extends Omit<LoadResult, "files"> {
  readonly root: string;
  readonly snapshot: DefinitionsSnapshot;
  /** `error code: message`, in the order of files and lines. */
  readonly problems: readonly string[];
}

/** Loads one component file of a project that is made for the test and removed after it. */
export async function loadDocuments(
  text: string,
  options: {
    /** Files beside the component file, by name. */
    readonly files?: { readonly [name: string]: string };
    /** A folder that is copied beside the component file. */
    readonly folder?: string;
    readonly env?: { readonly [name: string]: string };
    readonly environment?: string;
  } = {},
): Promise<Loaded> {
  const root = mkdtempSync(join(tmpdir(), "dop-lib-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, "defs/demo");
  mkdirSync(folder, { recursive: true });
  if (options.folder !== undefined) {
    cpSync(options.folder, folder, { recursive: true, filter: (file) => !file.endsWith(".ts") });
  }
  for (const [name, content] of Object.entries(options.files ?? {})) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  writeFileSync(join(folder, "component.yaml"), text);
  const { files: _files, ...result } = await loadProject({
    root,
    configuration: { defs: "defs", registry: { lib: library } },
    variables: options.env ?? {},
    environment: options.environment ?? "local",
    needsCode: true,
  });
  const { snapshot } = mergeProject(result.project);
  const problems = snapshot.problems.map(({ severity, code, message }) => `${severity} ${code}: ${message}`);
  return { ...result, root, snapshot, problems };
}

/** The problems that are errors. */
export function errorsOf({ problems }: Pick<Loaded, "problems">): string[] {
  return problems.filter((problem) => problem.startsWith("error"));
}

/** A step of the loaded documents; throws where there is none of that name. */
export function stepNamed(
  { code, snapshot }: Pick<Loaded, "code" | "snapshot">,
  name: string,
): StepDefinition {
  const component = snapshot.definitions.steps.find((step) => step.name === name)?.component;
  const step = component === undefined ? undefined : code.findStep(component, name);
  if (step === undefined)
    throw new Error(
      `no step is named ${name}: ${snapshot.definitions.steps.map((one) => one.name).join(", ")}`,
    );
  return step;
}
