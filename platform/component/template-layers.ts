import { join, relative, sep } from "node:path";
import type { ScopeContext } from "../define/component.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { isFolderType } from "./built-in-components.ts";
import { idText } from "./component-code.ts";
import type { InputRecorder } from "./document-inputs.ts";
import type { ImportedModules } from "./imported-modules.ts";
import type { FileDocument, ProjectFiles } from "./project-files.ts";
import type { Registry } from "./registry.ts";
import type { ComponentFile } from "./source-files.ts";
import { failureText, type TemplateLayer, templateLayer } from "./template-module.ts";
import { valueProblem } from "./value-problem.ts";
import type { VariableValues } from "./variable-values.ts";

/** Template variables that a document makes, for itself or for all below its folder. */
export interface Layer extends TemplateLayer {
  readonly module: string;
  /** Variables of the environment that making them read. */
  readonly variables: readonly string[];
}

export interface LayerOptions {
  readonly root: string;
  readonly environment: string;
  readonly files: ProjectFiles;
  readonly registry: Registry;
  readonly modules: ImportedModules;
  readonly values: VariableValues;
}

/** The template variables of one load, each module evaluated once for each document that names it. */
export class TemplateLayers {
  readonly #options: LayerOptions;
  readonly #owners = new Map<string, readonly FileDocument[]>();
  readonly #layers = new Map<string, Layer>();

  constructor(options: LayerOptions) {
    this.#options = options;
  }

  /** Folder documents above (and in) a component file's folder that make template variables, outermost first. */
  owners(file: ComponentFile): readonly FileDocument[] {
    let owners = this.#owners.get(file.folder);
    if (owners === undefined) {
      const { files } = this.#options;
      owners = files.above(file.folder).flatMap((path) => {
        const outer = files.get(path);
        return outer.record.documents
          .filter(({ templateVarsModule, type }) => templateVarsModule !== undefined && isFolderType(type))
          .map((record) => ({ file: outer, record }));
      });
      this.#owners.set(file.folder, owners);
    }
    return owners;
  }

  /** Which outer documents give a file's documents template variables, as text that changes with them. */
  inherited(file: ComponentFile): string {
    return this.owners(file)
      .map(
        (owner) =>
          `${idText({ file: owner.file.file, document: owner.record.index })}:${owner.record.templateVarsModule}`,
      )
      .join("\n");
  }

  /** Modules that a document's own and inherited layers come from, as absolute paths. */
  modulesOf({ file, record }: FileDocument): string[] {
    const owners = [
      ...this.owners(file),
      ...(record.templateVarsModule === undefined ? [] : [{ file, record }]),
    ];
    return owners.map((owner) => this.#moduleOf(owner)).filter((module) => module !== undefined);
  }

  /** The layers that a document's templates see, its own last; what they came from is recorded. */
  layersFor(
    target: FileDocument,
    inputs: InputRecorder,
  ): { readonly layers: readonly Layer[]; readonly own: Layer | undefined } {
    const own = target.record.templateVarsModule === undefined ? undefined : this.#layer(target);
    const outer = this.owners(target.file).map((owner) => this.#layer(owner));
    const isInOuter = isFolderType(target.record.type);
    const layers = [...outer, isInOuter ? undefined : own].filter((layer) => layer !== undefined);
    for (const { module, variables } of layers) {
      inputs.module(module);
      for (const variable of variables) inputs.variable(variable);
    }
    return { layers, own };
  }

  #moduleOf({ file, record }: FileDocument): string | undefined {
    return this.#options.registry.findModule(record.templateVarsModule as string, file.folder);
  }

  /** `undefined` where the module is not there. */
  #layer(owner: FileDocument): Layer | undefined {
    const id = idText({ file: owner.file.file, document: owner.record.index });
    const known = this.#layers.get(id);
    if (known !== undefined) return known;
    const module = this.#moduleOf(owner);
    const imported = module === undefined ? undefined : this.#options.modules.get(module);
    const document = owner.file.open(owner.record.index)?.document;
    if (module === undefined || imported === undefined || document === undefined) return undefined;
    const layer = this.#evaluate(owner, { module, imported, document });
    this.#layers.set(id, layer);
    return layer;
  }

  #evaluate(
    { file, record }: FileDocument,
    {
      module,
      imported,
      document,
    }: {
      module: string;
      imported: NonNullable<ReturnType<ImportedModules["get"]>>;
      document: SourceDocument;
    },
  ): Layer {
    const { root, environment, values } = this.#options;
    if ("error" in imported) {
      const where = relative(root, module).split(sep).join("/");
      const message = `${where} cannot be imported: ${failureText(imported.error, root)}`;
      const problem = valueProblem(document, ["template_vars_module"], {
        code: "template-module-failed",
        message,
      });
      return { module, values: {}, problems: [problem], variables: [] };
    }
    const variables = new Set<string>();
    const context: ScopeContext = {
      projectRoot: root,
      folder: join(root, file.folder),
      environment,
      env: (name) => {
        variables.add(name);
        return values.value(name);
      },
    };
    const made = templateLayer(imported.exports, record.templateVarsModule as string, { document, context });
    return { module, ...made, variables: [...variables] };
  }
}
