import { isAbsolute, join, posix, relative, sep } from "node:path";
import { didYouMean } from "../core/suggest.ts";
import { TemplateError } from "../template/template-error.ts";
import { isFolderType } from "./built-in-components.ts";
import type { InputRecorder } from "./document-inputs.ts";
import type { FileFacts } from "./file-facts.ts";
import { projectPath } from "./project-path.ts";
import {
  type ComponentFile,
  componentFileNames,
  componentFileOf,
  type DocumentRecord,
  type FileRecord,
  readComponentFile,
} from "./source-files.ts";

/** Component files whose syntax trees are held at once; those of thousands would not fit into memory. */
const mostOpenFiles = 64;

/** One document of a component file. */
export interface FileDocument {
  readonly file: ComponentFile;
  readonly record: DocumentRecord;
}

/** The component files of a project, read when they are first asked for. */
export class ProjectFiles {
  readonly #root: string;
  readonly #facts: FileFacts;
  readonly #records: { [file: string]: FileRecord };
  readonly #files = new Map<string, ComponentFile>();
  readonly #names = new Map<string, string | undefined>();
  readonly #above = new Map<string, readonly string[]>();
  readonly #open: ComponentFile[] = [];
  #defs: readonly string[] = [];
  /** Whether a file was read whose record was not kept. */
  hasNews = false;

  constructor(root: string, facts: FileFacts, records: { [file: string]: FileRecord }) {
    this.#root = root;
    this.#facts = facts;
    this.#records = records;
  }

  /** Folders of definitions, from which paths of components are counted. */
  useFolders(defs: readonly string[]): void {
    this.#defs = defs;
    this.#above.clear();
  }

  get(file: string): ComponentFile {
    let found = this.#files.get(file);
    if (found === undefined) {
      found = readComponentFile(projectPath(this.#root, file), file, {
        facts: this.#facts,
        known: this.#records[file],
      });
      this.#files.set(file, found);
      if (found.record.hash !== "" && this.#records[file] !== found.record) {
        this.#records[file] = found.record;
        this.hasNews = true;
      }
      this.#open.push(found);
      if (this.#open.length > mostOpenFiles) this.#open.shift()?.release();
    }
    return found;
  }

  /** What was read of a file before, if it was. */
  known(file: string): ComponentFile | undefined {
    return this.#files.get(file);
  }

  /** `undefined` where there is no such document now. */
  document(file: string, index: number): FileDocument | undefined {
    if (this.#facts.stat(projectPath(this.#root, file))?.kind !== "file") return undefined;
    const found = this.get(file);
    const record = found.record.documents.find((candidate) => candidate.index === index);
    return record === undefined ? undefined : { file: found, record };
  }

  /** Tells which component file the walk has found in a folder, so that nobody looks again. */
  noteFound(file: string): void {
    const cut = file.lastIndexOf("/");
    this.#names.set(cut < 0 ? "." : file.slice(0, cut), file.slice(cut + 1));
  }

  /** The component file of a folder, relative to the project. */
  inFolder(folder: string): string | undefined {
    if (!this.#names.has(folder))
      this.#names.set(folder, componentFileOf(projectPath(this.#root, folder), this.#facts));
    const name = this.#names.get(folder);
    return name === undefined || folder === "." ? name : `${folder}/${name}`;
  }

  /** Component files of the folders from a folder of definitions down to this one, outermost first. */
  above(folder: string): readonly string[] {
    let found = this.#above.get(folder);
    if (found === undefined) {
      found = this.#findAbove(folder);
      this.#above.set(folder, found);
    }
    return found;
  }

  #findAbove(folder: string): readonly string[] {
    const base = this.baseOf(folder);
    if (base === undefined) return [];
    const outer = folder === base ? [] : this.above(posix.dirname(folder));
    const own = this.inFolder(folder);
    return own === undefined ? outer : [...outer, own];
  }

  /** The folder of definitions that holds this one. */
  baseOf(folder: string): string | undefined {
    return this.#defs.find((defs) => defs === "." || folder === defs || folder.startsWith(`${defs}/`));
  }

  /** Unique in the project: the folder below the definitions and, from the second document on, its number. */
  nameOf(folder: string, index: number): string {
    const base = this.baseOf(folder);
    const below = base === undefined || base === "." ? folder : folder.slice(base.length + 1);
    const name = below === "" || below === "." ? posix.basename(base ?? "defs") : below;
    return index === 1 ? name : `${name}#${index}`;
  }

  /** The document at a path such as `shop/orders` or `shop[1]`. Throws TemplateError where there is none. */
  findByPath(path: string, inputs: InputRecorder): FileDocument {
    const match = /^(.*?)(?:\[(\d+)\])?$/.exec(path.replace(/\/+$/, ""));
    const [, base = "", index] = match ?? [];
    const folders = isAbsolute(base)
      ? [relative(this.#root, base).split(sep).join("/")]
      : this.#defs.map((defs) => (defs === "." ? base : `${defs}/${base}`));
    for (const folder of folders) {
      for (const name of componentFileNames) inputs.file(join(this.#root, folder, name));
      const file = this.inFolder(folder);
      if (file === undefined) continue;
      const found = this.get(file);
      const documents = found.record.documents.filter(({ type }) => !isFolderType(type));
      const chosen = index === undefined ? documents : documents.slice(Number(index), Number(index) + 1);
      const [record] = chosen;
      if (record === undefined) break;
      if (chosen.length === 1) return { file: found, record };
      throw notFound(
        path,
        `its file holds ${chosen.length} components`,
        `name one of them, as \`${path}[0]\``,
      );
    }
    const known = Object.keys(this.#records).map((file) => file.split("/").slice(1, -1).join("/"));
    const hint =
      didYouMean(base, known) ?? "paths are relative to the folder of definitions, such as `shop/orders`";
    throw notFound(path, undefined, hint);
  }

  /** Forgets everything, or what is known of one file and of which folders have one. */
  forget(file?: string): void {
    this.#names.clear();
    this.#above.clear();
    if (file === undefined) this.#files.clear();
    else this.#files.delete(file);
  }

  /** Drops what is kept of files that are no more. */
  keepOnly(files: ReadonlySet<string>): void {
    for (const file of Object.keys(this.#records)) {
      if (files.has(file)) continue;
      delete this.#records[file];
      this.hasNews = true;
    }
  }
}

function notFound(path: string, reason: string | undefined, hint: string): TemplateError {
  const message = `No component found for path \`${path}\`${reason === undefined ? "" : `: ${reason}`}`;
  return new TemplateError({ code: "component-not-found", message, hint });
}
