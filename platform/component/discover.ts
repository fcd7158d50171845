import { join } from "node:path";
import type { Problem } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import type { FileFacts } from "./file-facts.ts";
import { errorCode, type FolderEntry } from "./file-system.ts";
import { problemAt } from "./make-problem.ts";
import { projectPath } from "./project-path.ts";

/** What stands in one folder of definitions, by name. */
export interface FolderContents {
  readonly componentFile: string | undefined;
  readonly modules: readonly string[];
  readonly folders: readonly { readonly name: string; readonly isLink: boolean }[];
}

export interface DiscoverOptions {
  readonly root: string;
  readonly facts: FileFacts;
  report(problem: Problem): void;
  /** Whether what lies below this component file's folder is left alone; reads the file. */
  ownsFolder(file: string): boolean;
}

/** A file of definitions, relative to the project. */
export type SourceFile = { readonly kind: "component" | "module"; readonly file: string };

/**
 * Component files and TypeScript modules below a folder of definitions, outer folders first, names sorted.
 *
 * A component file owns its folder: what lies below is not loaded, and a component file there is told about.
 */
export function* findComponentFiles(defs: string, options: DiscoverOptions): Generator<SourceFile> {
  yield* new Discovery(options).crawl(defs, { owner: undefined, entered: [] });
}

interface Surroundings {
  /** The component file that owns this folder. */
  readonly owner: string | undefined;
  /** Where the links led that brought us here, to notice one that leads back. */
  readonly entered: readonly string[];
}

class Discovery {
  readonly #options: DiscoverOptions;

  constructor(options: DiscoverOptions) {
    this.#options = options;
  }

  *crawl(folder: string, { owner, entered }: Surroundings): Generator<SourceFile> {
    const contents = this.#contents(folder);
    if (contents === undefined) return;
    let ownedBy = owner;
    if (contents.componentFile !== undefined) {
      const file = below(folder, contents.componentFile);
      if (owner === undefined) {
        yield { kind: "component", file };
        if (this.#options.ownsFolder(file)) ownedBy = file;
      } else {
        this.#tell(
          "unloaded-component-file",
          file,
          `this file is not loaded: ${owner} owns the folder around it`,
          {
            severity: "warning",
            hint: "move it out, or give the outer file a document of type DefsFolderComponent",
          },
        );
      }
    }
    for (const name of contents.modules) yield { kind: "module", file: below(folder, name) };
    for (const { name, isLink } of contents.folders) {
      const inner = below(folder, name);
      const path = isLink ? this.#follow(inner, folder, entered) : entered;
      if (path !== undefined) yield* this.crawl(inner, { owner: ownedBy, entered: path });
    }
  }

  #contents(folder: string): FolderContents | undefined {
    const { root, facts } = this.#options;
    let entries: FolderEntry[];
    try {
      entries = facts.files.list(projectPath(root, folder));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#tell("unreadable-file", folder, `the folder ${folder} cannot be read: ${reason}`);
      return undefined;
    }
    const names = new Set<string>();
    const modules: string[] = [];
    const folders: { name: string; isLink: boolean }[] = [];
    for (const { name, kind } of entries) {
      if (name.startsWith(".") || name === "__pycache__" || name === "node_modules") continue;
      const isComponentFile = name === "defs.yaml" || name === "component.yaml";
      const actual = kind === "link" ? this.#linkKind(below(folder, name)) : kind;
      if (isComponentFile) names.add(name);
      else if (actual === "folder") folders.push({ name, isLink: kind === "link" });
      else if (actual === "file" && isDefinitionsModule(name)) modules.push(name);
    }
    if (names.size === 2) {
      this.#tell(
        "two-component-files",
        below(folder, "component.yaml"),
        "this folder also has a defs.yaml, which is loaded instead",
        {
          severity: "warning",
          hint: "keep one of the two",
          related: [{ span: startOf(below(folder, "defs.yaml")), message: "the file that is loaded" }],
        },
      );
    }
    return { componentFile: names.has("defs.yaml") ? "defs.yaml" : [...names][0], modules, folders };
  }

  #linkKind(file: string): FolderEntry["kind"] | undefined {
    const { root, facts } = this.#options;
    try {
      return facts.files.stat(join(root, file))?.kind ?? undefined;
    } catch (error) {
      if (errorCode(error) === "ELOOP") this.#tellLoop(file);
      else
        this.#tell(
          "unreadable-file",
          file,
          `${file} cannot be looked at: ${error instanceof Error ? error.message : String(error)}`,
        );
      return undefined;
    }
  }

  /** Where the links on the way lead, this one included; nothing where it leads back. */
  #follow(link: string, folder: string, entered: readonly string[]): readonly string[] | undefined {
    const { root, facts } = this.#options;
    try {
      const real = facts.files.realPath(join(root, link));
      const around = facts.files.realPath(join(root, folder));
      if (around !== real && !around.startsWith(`${real}/`) && !entered.includes(real))
        return [...entered, real];
    } catch {
      // What vanished meanwhile leads nowhere.
      return undefined;
    }
    this.#tellLoop(link);
    return undefined;
  }

  #tellLoop(file: string): void {
    this.#tell("symlink-loop", file, `the link ${file} leads back to a folder around it`, {
      hint: "remove the link",
    });
  }

  #tell(
    code: Problem["code"],
    file: string,
    message: string,
    details: Parameters<typeof problemAt>[3] = {},
  ): void {
    this.#options.report(problemAt(startOf(file), code, message, details));
  }
}

function below(folder: string, name: string): string {
  return folder === "." ? name : `${folder}/${name}`;
}

export function isDefinitionsModule(name: string): boolean {
  return name.endsWith(".ts") && !name.endsWith(".test.ts") && !name.endsWith(".d.ts");
}
