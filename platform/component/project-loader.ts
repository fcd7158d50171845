import { randomBytes } from "node:crypto";
import { relative, sep } from "node:path";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import { startOf } from "../core/span.ts";
import { ComponentBuilder } from "./component-builder.ts";
import { type BuiltCode, idText } from "./component-code.ts";
import { type Configuration, readConfiguration } from "./configuration.ts";
import { findComponentFiles, type SourceFile } from "./discover.ts";
import { type DocumentRecords, emptyRecords, type KeptDocument } from "./document-records.ts";
import { FileFacts } from "./file-facts.ts";
import { ImportedModules } from "./imported-modules.ts";
import type { LoadOptions, LoadResult } from "./load-options.ts";
import { loadResult } from "./load-result.ts";
import { factsOf, type LoadTrace } from "./load-trace.ts";
import { LockStore } from "./lock-store.ts";
import { problemAt } from "./make-problem.ts";
import { ModuleGraph } from "./module-graph.ts";
import { ProjectFiles } from "./project-files.ts";
import { projectPath } from "./project-path.ts";
import { Registry } from "./registry.ts";
import type { SeenAnswers } from "./seen-files.ts";
import { VariableValues } from "./variable-values.ts";

/** Loads one project, again and again if need be: what has not changed is kept. */
export class ProjectLoader {
  readonly #options: LoadOptions;
  readonly #facts: FileFacts;
  readonly #graph: ModuleGraph;
  readonly #files: ProjectFiles;
  readonly #modules: ImportedModules;
  readonly #locks: LockStore;
  readonly #built = new Map<string, BuiltCode>();
  readonly #records: DocumentRecords;
  readonly #salt: string;
  /** What the last walk found; `undefined` when it has to be walked again. */
  #found: { readonly sources: readonly SourceFile[]; readonly problems: readonly Problem[] } | undefined;
  #hasNews = false;

  constructor(
    options: LoadOptions,
    { records = emptyRecords(), trace }: { records?: DocumentRecords; trace?: LoadTrace | undefined } = {},
  ) {
    this.#options = options;
    this.#facts = new FileFacts(options.files);
    this.#graph = new ModuleGraph(this.#facts, options.root);
    this.#records = records;
    this.#files = new ProjectFiles(options.root, this.#facts, records.files);
    this.#modules = new ImportedModules(this.#graph);
    this.#locks = new LockStore(options.root, this.#facts);
    this.#salt = records.salt === "" ? randomBytes(16).toString("hex") : records.salt;
    if (trace !== undefined) this.#facts.remember(factsOf(trace), trace.trustedBeforeMs);
  }

  /** Whether there is more to keep of documents than there was before the first load. */
  get hasNews(): boolean {
    return this.#hasNews || this.#files.hasNews;
  }

  /** What to keep of documents for the next process. */
  records(): DocumentRecords {
    return { ...this.#records, salt: this.#salt };
  }

  /** What the last load asked of the files; nothing where it cannot be told. */
  answers(): SeenAnswers | undefined {
    return this.#facts.answers();
  }

  /** `changed`: absolute paths; absent means that anything may have. */
  async load(changed?: readonly string[]): Promise<LoadResult> {
    if (changed === undefined) this.#forgetAll();
    else this.#forget(changed);
    const problems: Problem[] = [...(this.#options.problems ?? [])];
    const { root, variables, classes, only } = this.#options;
    const configuration = readConfiguration(this.#options, (problem) => problems.push(problem));
    this.#files.useFolders(configuration.defs);
    const builder = new ComponentBuilder({
      options: this.#options,
      configuration,
      registry: new Registry(root, configuration, this.#facts, classes),
      values: new VariableValues(variables, configuration, this.#salt),
      facts: this.#facts,
      graph: this.#graph,
      files: this.#files,
      modules: this.#modules,
      locks: this.#locks,
      built: this.#built,
      documents: this.#records.documents,
    });
    const sources: SourceFile[] = [];
    const kept: KeptDocument[] = [];
    // Each file is loaded as it is found, so that no syntax tree outlives its file.
    for (const source of only === undefined ? this.#discover(configuration, problems) : filesOf(only)) {
      sources.push(source);
      if (source.kind === "component")
        kept.push(...(await this.#loadFile(source.file, { builder, problems })));
    }
    const named = new Set(kept.flatMap(({ inputs }) => Object.keys(inputs.modules)));
    for (const { kind, file } of sources) {
      if (kind === "module" && !named.has(projectPath(root, file)))
        kept.push(...(await builder.loadModule(file)));
    }
    this.#hasNews ||= builder.hasNews;
    problems.push(...this.#locks.problemsIn(kept.map(({ loaded }) => loaded.folder)));
    if (only === undefined) this.#dropOld(kept, sources);
    return loadResult({
      kept,
      sources,
      problems,
      configuration,
      root,
      facts: this.#facts,
      graph: this.#graph,
      files: this.#files,
      built: this.#built,
      isWhole: only === undefined,
    });
  }

  async #loadFile(
    file: string,
    { builder, problems }: { builder: ComponentBuilder; problems: Problem[] },
  ): Promise<KeptDocument[]> {
    const found = this.#files.get(file);
    problems.push(...found.record.problems);
    const kept: KeptDocument[] = [];
    for (const record of found.record.documents) {
      const { only } = this.#options;
      const isChosen =
        only === undefined || only.some((id) => id.file === file && id.document === record.index);
      if (isChosen) kept.push(await builder.load({ file: found, record }));
    }
    found.release();
    return kept;
  }

  *#discover({ defs: folders }: Configuration, problems: Problem[]): Generator<SourceFile> {
    if (this.#found !== undefined) {
      problems.push(...this.#found.problems);
      yield* this.#found.sources;
      return;
    }
    const { root } = this.#options;
    const found: Problem[] = [];
    const sources: SourceFile[] = [];
    for (const defs of folders) {
      if (this.#facts.stat(projectPath(root, defs))?.kind !== "folder") {
        const hint = "create it, or name another one in package.json under `dop.defs`";
        const message = `there is no folder ${defs} with definitions`;
        found.push(problemAt(startOf("package.json"), "invalid-configuration", message, { hint }));
        continue;
      }
      const walk = findComponentFiles(defs, {
        root,
        facts: this.#facts,
        report: (problem) => found.push(problem),
        ownsFolder: (file) => !this.#files.get(file).isFolder,
      });
      for (const source of walk) {
        if (source.kind === "component") this.#files.noteFound(source.file);
        sources.push(source);
        yield source;
      }
    }
    this.#found = { sources, problems: found };
    problems.push(...found);
  }

  #forgetAll(): void {
    this.#facts.forget();
    this.#graph.forgetAll();
    this.#files.forget();
    this.#found = undefined;
  }

  #forget(changed: readonly string[]): void {
    this.#facts.forget(changed);
    this.#graph.forget();
    for (const path of changed) {
      const file = this.#relative(path);
      const wasFolder = this.#files.known(file)?.isFolder;
      this.#files.forget(file);
      if (this.#movesFiles(path, file, wasFolder)) this.#found = undefined;
    }
  }

  /** Whether a change may bring other files into the project or take some out. */
  #movesFiles(path: string, file: string, wasFolder: boolean | undefined): boolean {
    const stat = this.#facts.stat(path);
    const isKnown = this.#found?.sources.some((source) => source.file === file) === true;
    if (!isKnown || stat === undefined) {
      return stat?.kind !== "file" || /(^|\/)(component|defs)\.yaml$|\.ts$/.test(file);
    }
    return wasFolder !== undefined && this.#files.get(file).isFolder !== wasFolder;
  }

  /** Forgets records of documents that are no more. */
  #dropOld(kept: readonly KeptDocument[], sources: readonly SourceFile[]): void {
    const { documents } = this.#records;
    this.#files.keepOnly(new Set(sources.map(({ file }) => file)));
    const files = new Set(sources.map(({ file }) => file));
    const ids = new Set(kept.map(({ loaded }) => idText(loaded)));
    for (const [id, record] of Object.entries(documents)) {
      const isEmptyModule = record?.isEmpty === true && files.has(record.loaded.file);
      if (record === undefined || !(ids.has(id) || isEmptyModule)) delete documents[id];
    }
  }

  #relative(path: string): string {
    return relative(this.#options.root, path).split(sep).join("/");
  }
}

function filesOf(ids: readonly ComponentId[]): SourceFile[] {
  const files = [...new Set(ids.map(({ file }) => file))].sort();
  return files.map((file) => ({ kind: file.endsWith(".ts") ? "module" : "component", file }));
}
