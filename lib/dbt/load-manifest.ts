import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ComponentContext, reveal } from "#platform";
import { manifestOfListed, parseListed } from "./listed-nodes.ts";
import type { LoadSettings } from "./load-settings.ts";
import type { DbtManifest } from "./manifest.ts";
import {
  DbtCallError,
  DbtMissingError,
  listedManifest,
  type ParsedProject,
  parsedManifest,
} from "./parse-project.ts";
import { sampleDbtNames } from "./run-project.ts";
import type { RunSettings } from "./run-settings-schema.ts";
import { sharedManifest } from "./shared-manifest.ts";

/** A project's nodes, and those of them that dbt itself chose, where it was asked. */
export interface LoadedNodes {
  readonly manifest: DbtManifest;
  readonly listed?: ReadonlySet<string>;
}

type Settings = LoadSettings & RunSettings;

/** The nodes by the component's load method. What is wrong is reported; without dbt there is nothing to report. */
export function loadNodes(context: ComponentContext, settings: Settings): LoadedNodes | undefined {
  try {
    return new NodeLoader(context, settings).load();
  } catch (error) {
    // The component shows `needs_tool`.
    if (error instanceof DbtMissingError) return undefined;
    if (!(error instanceof DbtCallError)) throw error;
    context.report(["project"], {
      code: "tool-failed",
      message: `dbt cannot read the project ${settings.project}: ${error.message}`,
      hint: `mend it; \`dbt parse --project-dir ${settings.project}\` tells the same`,
    });
    return undefined;
  }
}

class NodeLoader {
  readonly #context: ComponentContext;
  readonly #settings: Settings;

  constructor(context: ComponentContext, settings: Settings) {
    this.#context = context;
    this.#settings = settings;
  }

  load(): LoadedNodes | undefined {
    switch (this.#method()) {
      case "parse":
        return this.#parsed();
      case "ls":
        return this.#listed();
      case "ls_file":
        return this.#ofFile();
      default:
        return this.#ofManifest();
    }
  }

  #method(): Exclude<Settings["load"], "automatic"> {
    const { load, manifest, ls_file: file } = this.#settings;
    if (load !== "automatic") return load;
    if (file !== undefined) return "ls_file";
    if (manifest !== undefined || !this.#isProject()) return "manifest";
    if (this.#dbt() !== undefined) return "parse";
    return this.#context.exists(this.#manifestPath()) ? "manifest" : "parse";
  }

  #parsed(): LoadedNodes | undefined {
    if (!this.#hasProject()) return undefined;
    const path = parsedManifest(this.#context, this.#parsedProject());
    if (path === undefined) return this.#nothingKept();
    const manifest = this.#read(path, "project");
    return manifest === undefined ? undefined : { manifest };
  }

  #listed(): LoadedNodes | undefined {
    if (!this.#hasProject()) return undefined;
    const kept = listedManifest(this.#context, this.#parsedProject(), selectionWords(this.#settings));
    if (kept === undefined) return this.#nothingKept();
    const manifest = this.#read(kept.manifest, "project");
    if (manifest === undefined) return undefined;
    return { manifest, listed: new Set(JSON.parse(readFileSync(kept.ids, "utf8")) as string[]) };
  }

  #ofFile(): LoadedNodes | undefined {
    const { ls_file: file, manifest: path } = this.#settings;
    if (file === undefined) {
      this.#context.report(["load"], {
        code: "missing-attribute",
        message: "`load: ls_file` needs the attribute `ls_file`",
        hint: "name the file that holds what `dbt ls --output json` printed",
      });
      return undefined;
    }
    if (!this.#isThere(file, "ls_file", "make it with `dbt --quiet ls --output json`")) return undefined;
    const nodes = parseListed(readFileSync(this.#context.resolvePath(file), "utf8"));
    if ("reason" in nodes) return this.#wrong("ls_file", `${file} ${nodes.reason}`);
    const listed = new Set(nodes.map(({ unique_id }) => unique_id));
    const manifest = path === undefined ? manifestOfListed(nodes) : this.#ofManifest()?.manifest;
    return manifest === undefined ? undefined : { manifest, listed };
  }

  #ofManifest(): LoadedNodes | undefined {
    const attribute = this.#settings.manifest === undefined ? "project" : "manifest";
    const path = this.#manifestPath();
    const hint = `make it with \`dbt parse --project-dir ${this.#settings.project}\``;
    if (!this.#isThere(path, attribute, hint)) return undefined;
    const manifest = this.#read(this.#context.resolvePath(path), attribute, path);
    return manifest === undefined ? undefined : { manifest };
  }

  #read(path: string, attribute: string, name = "its manifest"): DbtManifest | undefined {
    const parsed = sharedManifest(path);
    return "reason" in parsed ? this.#wrong(attribute, `${name} ${parsed.reason}`) : parsed;
  }

  #manifestPath(): string {
    const { project, manifest } = this.#settings;
    return manifest ?? `${project}/target/manifest.json`;
  }

  #isProject(): boolean {
    return this.#context.exists(`${this.#settings.project}/dbt_project.yml`);
  }

  #hasProject(): boolean {
    const { project } = this.#settings;
    const hint = `\`${project}\` is the folder with the dbt project's dbt_project.yml, relative to this file`;
    return this.#isThere(`${project}/dbt_project.yml`, "project", hint);
  }

  #isThere(path: string, attribute: string, hint: string): boolean {
    if (this.#context.exists(path)) return true;
    this.#context.report([attribute], { code: "file-not-found", message: `there is no file ${path}`, hint });
    return false;
  }

  /** Only in a run's worker: everywhere else dbt is called. */
  #nothingKept(): undefined {
    return this.#wrong(
      "project",
      `no manifest is kept of the dbt project ${this.#settings.project} as it is now, and runs never call dbt to make one`,
    );
  }

  #wrong(attribute: string, message: string): undefined {
    this.#context.report([attribute], { code: "invalid-attribute-value", message });
    return undefined;
  }

  #dbt(): string | undefined {
    const { execution } = this.#settings;
    const venv = typeof execution === "object" && "venv" in execution ? execution.venv : undefined;
    if (typeof venv === "string") {
      const own = join(
        this.#context.resolvePath(venv),
        process.platform === "win32" ? "Scripts" : "bin",
        "dbt",
      );
      if (existsSync(own)) return own;
    }
    return this.#context.findTool("dbt");
  }

  #parsedProject(): ParsedProject {
    const { project, profile, target, vars, env = {}, install_deps } = this.#settings;
    return {
      project,
      profile,
      target,
      profilesFolder: this.#profilesFolder(),
      vars:
        vars === undefined
          ? undefined
          : (reveal(this.#context.evaluate(vars, sampleDbtNames)) as {
              readonly [name: string]: unknown;
            }),
      env: reveal(env),
      installDeps: install_deps,
      dbt: this.#dbt(),
    };
  }

  #profilesFolder(): string | undefined {
    const { project, profiles_dir: written } = this.#settings;
    if (written !== undefined) return written;
    return this.#context.exists(`${project}/profiles.yml`) ? project : undefined;
  }
}

/** The selection as flags of dbt. */
export function selectionWords({
  select,
  exclude,
  selector,
  indirect_selection: indirect,
}: Pick<Settings, "select" | "exclude" | "selector" | "indirect_selection">): string[] {
  const words = (written: string | readonly string[] = []): string[] =>
    [written].flat().flatMap((text) => text.split(/\s+/).filter((word) => word !== ""));
  const [selected, excluded] = [words(select), words(exclude)];
  return [
    ...(selected.length === 0 ? [] : ["--select", ...selected]),
    ...(excluded.length === 0 ? [] : ["--exclude", ...excluded]),
    ...(selector === undefined ? [] : ["--selector", selector]),
    ...(indirect === undefined ? [] : ["--indirect-selection", indirect]),
  ];
}
