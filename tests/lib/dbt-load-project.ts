import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { loadProject } from "../../platform/component/load-project.ts";
import type { DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import { mergeProject } from "../../platform/graph/merge-definitions.ts";
import { library } from "./load-documents.ts";

/** A project with one component over the dbt project `defs/demo/dbt`, and a `dbt` that notes its calls. */
export class DbtLoadProject {
  readonly root: string;
  variables: Record<string, string> = {};

  /** `attributes`: lines of YAML; `dbt`: the body of the shell script that stands for dbt, none at all for "none". */
  constructor({ attributes = [], dbt }: { attributes?: readonly string[]; dbt: string | "none" }) {
    this.root = mkdtempSync(join(tmpdir(), "dop-dbt-load-"));
    onTestFinished(() => rmSync(this.root, { recursive: true, force: true }));
    this.component(attributes);
    if (dbt !== "none") this.install(dbt);
  }

  component(attributes: readonly string[]): void {
    const lines = attributes.map((line) => `  ${line}\n`).join("");
    this.write("component.yaml", `type: lib.DbtProjectComponent\nattributes:\n  project: ./dbt\n${lines}`);
  }

  /** `$TARGET` is the folder that dbt is to write to. */
  install(script: string): void {
    const file = join(this.root, ".venv/bin/dbt");
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(
      file,
      `#!/bin/sh
echo "$@" >> "${join(this.root, "calls")}"
for word in "$@"; do [ "$last" = "--target-path" ] && TARGET=$word; last=$word; done
${script}
`,
    );
    chmodSync(file, 0o755);
  }

  /** Below the component's folder. */
  write(path: string, text: string): void {
    const file = join(this.root, "defs/demo", path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  append(path: string, text: string): void {
    const file = join(this.root, "defs/demo", path);
    this.write(path, `${existsSync(file) ? readFileSync(file, "utf8") : ""}${text}`);
  }

  /** The commands that dbt was called with. */
  get calls(): string[] {
    const file = join(this.root, "calls");
    return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
  }

  /** As a command does, or as a run's worker, which never calls dbt. */
  async load(as: "command" | "worker" = "command"): Promise<DefinitionsSnapshot> {
    const { project } = await loadProject({
      root: this.root,
      configuration: { defs: "defs", registry: { lib: library } },
      variables: this.variables,
      environment: "local",
      ...(as === "command"
        ? { cacheFolder: join(this.root, ".dop/cache"), allowsOutsideWork: true }
        : { needsCode: true }),
    });
    return mergeProject(project).snapshot;
  }
}

export function keysOf({ definitions }: DefinitionsSnapshot): string[] {
  return definitions.assets.map(({ key }) => key);
}
