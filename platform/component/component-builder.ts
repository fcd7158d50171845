import { join, relative, sep } from "node:path";
import { canonicalJson } from "../core/canonical-json.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { Problem } from "../core/problem.ts";
import { type ComponentClass, isComponentClass } from "../define/component.ts";
import { TemplateError } from "../template/template-error.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { buildDocument, type DocumentProject } from "./build-document.ts";
import { type BuiltCode, idText, splitId } from "./component-code.ts";
import { ComponentCycle } from "./component-cycle.ts";
import type { Configuration } from "./configuration.ts";
import { loadDefinitionsModule } from "./definitions-module.ts";
import { documentHash } from "./document-hash.ts";
import { InputRecorder, type InputSource, inputsHold } from "./document-inputs.ts";
import type { DocumentRecords, KeptDocument } from "./document-records.ts";
import { type ExposedComponent, exposeComponent } from "./exposed-component.ts";
import { type FileFacts, hashText } from "./file-facts.ts";
import { importModule } from "./import-module.ts";
import type { ImportedModules } from "./imported-modules.ts";
import type { LoadOptions } from "./load-options.ts";
import type { LockStore } from "./lock-store.ts";
import type { ModuleGraph } from "./module-graph.ts";
import { OutsideWork } from "./outside-work.ts";
import type { FileDocument, ProjectFiles } from "./project-files.ts";
import type { Registry } from "./registry.ts";
import type { OpenDocument } from "./source-files.ts";
import { TemplateLayers } from "./template-layers.ts";
import { failureText } from "./template-module.ts";
import { valueProblem } from "./value-problem.ts";
import type { VariableValues } from "./variable-values.ts";

export interface BuilderOptions {
  readonly options: LoadOptions;
  readonly configuration: Configuration;
  readonly registry: Registry;
  readonly values: VariableValues;
  readonly facts: FileFacts;
  readonly graph: ModuleGraph;
  readonly files: ProjectFiles;
  readonly modules: ImportedModules;
  readonly locks: LockStore;
  /** Code of earlier loads and of this one, by id. */
  readonly built: Map<string, BuiltCode>;
  /** Results of earlier loads and of this one, by id. */
  readonly documents: DocumentRecords["documents"];
}

/** Gives the documents of one load: kept ones whose inputs still hold, the others built anew. */
export class ComponentBuilder {
  readonly #parts: BuilderOptions;
  readonly #layers: TemplateLayers;
  readonly #inputSource: InputSource;
  readonly #project: DocumentProject;
  /** Hash of the settings that concern every document. */
  readonly #settings: string;
  /** Ids whose inputs were found to hold in this load. */
  readonly #checked = new Set<string>();
  /** Ids that are being built, outermost first. */
  readonly #building: string[] = [];
  /** Ids that a document asked for before their modules were imported. */
  readonly #wanted = new Set<string>();
  /** Whether anything was built. */
  hasNews = false;

  constructor(parts: BuilderOptions) {
    const { options, configuration, values, facts, graph, files, registry, modules, locks } = parts;
    this.#parts = parts;
    const { environment, env, registry: places, defs } = configuration;
    this.#settings = hashText(canonicalJson({ environment, env, places, defs })).slice(0, 16);
    const { root } = options;
    this.#layers = new TemplateLayers({
      root,
      environment: configuration.environment,
      files,
      registry,
      modules,
      values,
    });
    this.#inputSource = {
      facts,
      graph,
      variableHash: (name) => values.hash(name),
      componentHash: (id) => {
        const target = files.document(...splitId(id));
        return target === undefined ? undefined : this.#valid(id, target)?.loaded.hash;
      },
    };
    this.#project = {
      root,
      configuration,
      variables: options.variables,
      facts,
      validateRequirements: options.validateRequirements ?? false,
      outsideWork: new OutsideWork({
        root: options.toolRoot ?? root,
        variables: options.variables,
        facts,
        isAllowed: options.allowsOutsideWork ?? false,
      }),
      loadComponent: (path, inputs) => this.#exposed(files.findByPath(String(path), inputs), inputs),
      importFunction: (written, folder) => this.#importFunction(written, folder),
      lockOf: (folder, name, inputs) => locks.lockOf(folder, name, inputs),
    };
  }

  /** One document's result, and its code where that is needed. Building is tried again while it asks for others that are not imported yet. */
  async load(target: FileDocument): Promise<KeptDocument> {
    const id = idOf(target);
    for (;;) {
      const valid = this.#valid(id, target);
      if (valid !== undefined) return valid;
      await this.#import(target);
      const kept = this.#build(target);
      if (this.#wanted.size === 0) {
        // Code of thousands of components would be held for nothing; who asks for one builds it again.
        if (this.#parts.options.needsCode !== true) this.#parts.built.delete(id);
        return kept;
      }
      const wanted = [...this.#wanted];
      this.#wanted.clear();
      for (const other of wanted) {
        const document = this.#parts.files.document(...splitId(other));
        if (document !== undefined) await this.#import(document);
      }
    }
  }

  /** The definitions that a TypeScript module exports; nothing where it exports none. */
  async loadModule(file: string): Promise<KeptDocument[]> {
    const { facts, modules, documents, built, options, files } = this.#parts;
    const path = join(options.root, file);
    const id = idText({ file, document: 1 });
    const key = facts.hash(path) ?? "";
    const known = documents[id];
    const hasCode = options.needsCode !== true || built.has(id) || known?.isEmpty === true;
    if (known !== undefined && known.key === key && hasCode && inputsHold(known.inputs, this.#inputSource)) {
      return known.isEmpty === true ? [] : [known];
    }
    const inputs = new InputRecorder(this.#inputSource);
    inputs.module(path);
    await modules.import(path);
    const module = modules.get(path);
    if (module === undefined) return [];
    const base = files.baseOf(file);
    const name = (base === undefined || base === "." ? file : file.slice(base.length + 1)).replace(
      /\.ts$/,
      "",
    );
    const text = new TextDecoder().decode(facts.files.readFile(path));
    const { loaded, problems, definitions } = loadDefinitionsModule({
      file,
      name,
      text,
      root: options.root,
      module,
    });
    const kept: KeptDocument = {
      key,
      inherited: "",
      inputs: inputs.inputs,
      loaded: { ...loaded, hash: this.#hashOf(key, loaded, inputs) },
      problems,
      uses: [],
      usedNames: [],
      ownedNames: [],
      ...(definitions === undefined && problems.length === 0 ? { isEmpty: true } : {}),
    };
    documents[id] = "error" in module ? undefined : kept;
    built.set(id, { definitions: definitions ?? {} });
    this.hasNews = true;
    return kept.isEmpty === true ? [] : [kept];
  }

  /** What is kept of a document, if all that it came from is what it was. */
  #valid(id: string, { file, record }: FileDocument): KeptDocument | undefined {
    const { documents, built, options } = this.#parts;
    const kept = documents[id];
    if (kept === undefined || kept.key !== record.key || kept.inherited !== this.#inherited(file))
      return undefined;
    const needsCode =
      options.needsCode === true && kept.loaded.status !== "quarantined" && kept.loaded.enabled;
    if (needsCode && !built.has(id)) return undefined;
    if (!this.#checked.has(id) && !inputsHold(kept.inputs, this.#inputSource)) return undefined;
    this.#checked.add(id);
    return kept;
  }

  /** What a document gets from around it: the settings of the project and template variables of outer folders. */
  #inherited(file: FileDocument["file"]): string {
    return `${this.#settings}\n${this.#layers.inherited(file)}`;
  }

  /** Imports what building needs: the class, and the modules of template variables. */
  async #import(target: FileDocument): Promise<void> {
    for (const module of this.#modulesOf(target)) await this.#parts.modules.import(module);
  }

  #modulesOf(target: FileDocument): string[] {
    const { file, record } = target;
    const place = record.type === undefined ? undefined : this.#parts.registry.find(record.type, file.folder);
    return [
      ...this.#layers.modulesOf(target),
      ...(place !== undefined && "module" in place ? [place.module] : []),
    ];
  }

  #build(target: FileDocument): KeptDocument {
    const id = idOf(target);
    this.#building.push(id);
    try {
      const { isLasting, ...kept } = this.#buildOpen(target);
      const lasts = isLasting && this.#wanted.size === 0;
      this.#parts.documents[id] = lasts ? kept : undefined;
      if (lasts) this.#checked.add(id);
      this.hasNews = true;
      return kept;
    } finally {
      this.#building.pop();
    }
  }

  #buildOpen(target: FileDocument): KeptDocument & { readonly isLasting: boolean } {
    const { file, record } = target;
    const { document, declaration } = file.open(record.index) as OpenDocument;
    const inputs = new InputRecorder(this.#inputSource);
    const { layers, own } = this.#layers.layersFor(target, inputs);
    const problems =
      record.templateVarsModule === undefined ? [] : (own?.problems ?? [missingModule(target, document)]);
    const found = this.#classOf(target, { document, inputs });
    const id: ComponentId = { file: file.file, document: record.index, type: declaration.type ?? "" };
    const built = buildDocument(
      {
        document,
        declaration,
        id,
        name: this.#parts.files.nameOf(file.folder, record.index),
        folder: file.folder,
        componentClass: "componentClass" in found ? found.componentClass : undefined,
        layers: layers.map(({ values }) => values),
        inputs,
        problems: "problem" in found ? [...problems, found.problem] : problems,
      },
      this.#project,
    );
    const { component, definitions } = built;
    this.#parts.built.set(idText(id), { definitions, ...(component === undefined ? {} : { component }) });
    return {
      key: record.key,
      inherited: this.#inherited(file),
      inputs: inputs.inputs,
      loaded: { ...built.loaded, hash: this.#hashOf(record.key, built.loaded, inputs) },
      problems: built.problems,
      uses: this.#parts.values.usesOf(id, built.reads, declaration.requirements),
      usedNames: built.usedNames,
      ownedNames: Object.keys(own?.values ?? {}),
      // A class or module that is missing may come without any input changing.
      isLasting: !("problem" in found) && (record.templateVarsModule === undefined || own !== undefined),
    };
  }

  #classOf(
    { file, record: { type } }: FileDocument,
    { document, inputs }: { readonly document: SourceDocument; readonly inputs: InputRecorder },
  ): { readonly componentClass: ComponentClass } | { readonly problem: Problem } | object {
    if (type === undefined) return {};
    const place = this.#parts.registry.find(type, file.folder);
    const problem = (code: Problem["code"], message: string, hint?: string) => ({
      problem: valueProblem(document, ["type"], { code, message, ...(hint === undefined ? {} : { hint }) }),
    });
    if ("message" in place) return problem("unknown-type", place.message, place.hint);
    if ("ready" in place) return { componentClass: place.ready };
    inputs.module(place.module);
    const module = this.#parts.modules.get(place.module);
    const componentClass =
      module !== undefined && "exports" in module ? module.exports[place.name] : undefined;
    if (isComponentClass(componentClass)) return { componentClass };
    const { root } = this.#parts.options;
    const where = relative(root, place.module).split(sep).join("/");
    if (module === undefined) return problem("type-load-failed", `${where} is not imported`);
    if ("error" in module) {
      return problem("type-load-failed", `${where} cannot be imported: ${failureText(module.error, root)}`);
    }
    const hint = "a component class extends `Component` of #platform";
    return problem("not-a-component", `${place.name} in ${where} is no component class`, hint);
  }

  /** Another component, built first if need be. Throws TemplateError. */
  #exposed(target: FileDocument, inputs: InputRecorder): ExposedComponent {
    const id = idOf(target);
    if (this.#building.includes(id)) throw this.#cycle(id);
    const { built, modules } = this.#parts;
    let kept = built.has(id) ? this.#valid(id, target) : undefined;
    if (kept === undefined) {
      if (this.#modulesOf(target).some((module) => modules.get(module) === undefined)) {
        this.#wanted.add(id);
        throw new TemplateError({ code: "component-not-ready", message: `${id} is not imported yet` });
      }
      kept = this.#build(target);
    }
    const { loaded } = kept;
    inputs.component(id, loaded.hash);
    const component = built.get(id)?.component;
    if (component === undefined) {
      throw new TemplateError({
        code: "component-not-ready",
        message: `the component \`${loaded.name}\` ${loaded.enabled ? "has problems of its own" : "is switched off"}`,
        hint: `see ${loaded.file}:${loaded.line}`,
      });
    }
    return exposeComponent(loaded, loaded.folder, component, () => loaded.specs.assets.map(({ key }) => key));
  }

  #cycle(id: string): ComponentCycle {
    const circle = this.#building.slice(this.#building.indexOf(id));
    const related = circle.map((part) => {
      const [file, index] = splitId(part);
      const place = { line: this.#parts.files.document(file, index)?.record.line ?? 1, column: 1 };
      return { span: { file, start: place, end: place }, message: "is part of the circle" };
    });
    return new ComponentCycle([...circle, id], related);
  }

  async #importFunction(written: string, folder: string): Promise<(...args: never[]) => unknown> {
    const { options, registry, graph } = this.#parts;
    const cut = written.lastIndexOf(written.includes("#") ? "#" : ".");
    const [moduleName, name] = [written.slice(0, cut), written.slice(cut + 1)];
    const isFile = /\.[mc]?[tj]s$/.test(moduleName);
    const module = isFile ? join(options.root, folder, moduleName) : registry.findModule(moduleName, folder);
    if (module === undefined) throw new Error(`there is no module ${moduleName} for ${written}`);
    const found = (await importModule(module, graph))[name];
    if (typeof found === "function") return found as (...args: never[]) => unknown;
    throw new Error(`${relative(options.root, module)} exports no function ${name}`);
  }

  #hashOf(key: string, { type }: Pick<LoadedComponent, "type">, inputs: InputRecorder): string {
    const { options, values } = this.#parts;
    const fingerprint = (variable: string) => values.fingerprint(variable);
    return documentHash({ root: options.root, key, type, inputs: inputs.inputs, fingerprint });
  }
}

function idOf({ file, record }: FileDocument): string {
  return idText({ file: file.file, document: record.index });
}

function missingModule({ file, record }: FileDocument, document: SourceDocument): Problem {
  return valueProblem(document, ["template_vars_module"], {
    code: "template-module-failed",
    message: `there is no module ${record.templateVarsModule}`,
    hint: `a module beside this file is written \`.name\`: ${file.folder}/name.ts`,
  });
}
