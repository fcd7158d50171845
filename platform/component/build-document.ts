import { join } from "node:path";
import type { ComponentId, ComponentStatus } from "../core/definitions-snapshot.ts";
import type { LoadedComponent } from "../core/loaded-project.ts";
import type { DeferredPatch } from "../core/patch.ts";
import type { Problem } from "../core/problem.ts";
import type { Path } from "../core/span.ts";
import { type Component, type ComponentClass, ProblemError, type ScopeContext } from "../define/component.ts";
import type { Definitions } from "../define/definitions.ts";
import type { ComponentLock } from "../define/lock.ts";
import type { Scope } from "../template/scope.ts";
import type { SourceDocument } from "../yaml/document.ts";
import { isDefaultsType, isFolderType } from "./built-in-components.ts";
import { BuildContext } from "./component-context.ts";
import type { Configuration } from "./configuration.ts";
import type { ComponentDeclaration } from "./declaration.ts";
import type { InputRecorder } from "./document-inputs.ts";
import { documentScope } from "./document-scope.ts";
import type { FileFacts } from "./file-facts.ts";
import { defaultsPatches, postProcessingPatches } from "./folder-patches.ts";
import { placeOfError } from "./import-module.ts";
import type { JsonSchema } from "./json-schema.ts";
import { emptySpecs, specsOf, wrongNames } from "./loaded-specs.ts";
import { problemAt } from "./make-problem.ts";
import { fillPlaceholders } from "./missing-value.ts";
import type { OutsideWork } from "./outside-work.ts";
import { readValue } from "./read-value.ts";
import { type ResolveOptions, resolveAttributes } from "./resolve.ts";
import { otherSchemaProblems } from "./schema-check.ts";
import { valueProblem, writtenText } from "./value-problem.ts";
import { variableProblems } from "./variable-problems.ts";
import { type VariableRead, VariableReads } from "./variable-reads.ts";

/** What building documents needs of the project around them. */
export interface DocumentProject {
  readonly root: string;
  readonly configuration: Configuration;
  readonly variables: { readonly [name: string]: string | undefined };
  readonly facts: FileFacts;
  readonly validateRequirements: boolean;
  readonly outsideWork: OutsideWork;
  /** Throws TemplateError where there is no such component. */
  loadComponent(path: string, inputs: InputRecorder): unknown;
  importFunction(written: string, folder: string): Promise<(...args: never[]) => unknown>;
  lockOf(folder: string, name: string, inputs: InputRecorder): ComponentLock | undefined;
}

export interface DocumentToBuild {
  readonly document: SourceDocument;
  readonly declaration: ComponentDeclaration;
  readonly id: ComponentId;
  readonly name: string;
  readonly folder: string;
  readonly componentClass: ComponentClass | undefined;
  /** Template variables of outer folders, outermost first, then its own. */
  readonly layers: readonly { readonly [name: string]: unknown }[];
  readonly inputs: InputRecorder;
  /** Found before the class was known. */
  readonly problems: readonly Problem[];
}

export interface BuiltDocument {
  readonly loaded: Omit<LoadedComponent, "hash">;
  readonly problems: readonly Problem[];
  readonly reads: readonly VariableRead[];
  readonly usedNames: readonly string[];
  readonly definitions: Definitions;
  readonly component: Component | undefined;
}

/** Resolves, validates and builds one document. Everything wrong with it is a problem; only our defects throw. */
export function buildDocument(target: DocumentToBuild, project: DocumentProject): BuiltDocument {
  return new DocumentBuilder(target, project).build();
}

class DocumentBuilder {
  readonly #target: DocumentToBuild;
  readonly #project: DocumentProject;
  readonly #problems: Problem[];
  readonly #reads: VariableReads;
  readonly #used = new Set<string>();
  readonly #paths = new WeakMap<object, Path>();

  constructor(target: DocumentToBuild, project: DocumentProject) {
    this.#target = target;
    this.#project = project;
    this.#problems = [...target.problems];
    this.#reads = new VariableReads({ variables: project.variables, rules: project.configuration.env });
  }

  build(): BuiltDocument {
    const { declaration } = this.#target;
    const scope = this.#scope();
    const enabled = scope === undefined ? declaration.enabled !== false : this.#isEnabled(scope);
    if (scope === undefined || !enabled) return this.#result({ enabled, missing: [] });
    const patches = this.#patches(scope);
    const attributes = this.#attributes(scope);
    const missing = fillPlaceholders(attributes);
    if (attributes === undefined || this.#hasErrors()) return this.#result({ enabled, patches, missing });
    return this.#construct(attributes, { scope, patches, missing });
  }

  #scope(): Scope | undefined {
    const { componentClass, layers, inputs, id } = this.#target;
    const { environment } = this.#project.configuration;
    const context: ScopeContext = {
      projectRoot: this.#project.root,
      folder: join(this.#project.root, this.#target.folder),
      environment,
      env: (name) => {
        inputs.variable(name);
        return this.#reads.read(name);
      },
    };
    try {
      return documentScope({
        context,
        reads: this.#reads,
        ...(componentClass === undefined ? {} : { componentClass }),
        layers,
        loadComponent: (path) => this.#project.loadComponent(path, inputs),
        used: (name) => this.#used.add(name),
      });
    } catch (error) {
      this.#failed(error, `the scope of ${id.type} failed`);
      return undefined;
    }
  }

  #resolveOptions(scope: Scope): ResolveOptions {
    const { document } = this.#target;
    const { configuration } = this.#project;
    return {
      document,
      scope,
      reads: this.#reads,
      report: (problem) => this.#problems.push(problem),
      isRequired: (variable) =>
        configuration.env[variable]?.required_in?.includes(configuration.environment) ?? false,
    };
  }

  #isEnabled(scope: Scope): boolean {
    const { declaration, document } = this.#target;
    if (typeof declaration.enabled === "boolean") return declaration.enabled;
    const { value } = resolveAttributes(declaration.enabled, ["enabled"], this.#resolveOptions(scope));
    if (typeof value === "boolean") return value;
    if (typeof value !== "symbol") {
      const problem = { code: "template-type", message: "`enabled` must come out as true or false" } as const;
      this.#problems.push(valueProblem(document, ["enabled"], problem));
    }
    return true;
  }

  #patches(scope: Scope): DeferredPatch[] {
    const { declaration, folder, id } = this.#target;
    const options = { ...this.#resolveOptions(scope), folder, isFolder: isFolderType(id.type) };
    const patches = postProcessingPatches(declaration, options);
    return isDefaultsType(id.type)
      ? [...patches, ...defaultsPatches(declaration.attributes, options)]
      : patches;
  }

  /** Validated attributes, or nothing where the class is not known or takes none. */
  #attributes(scope: Scope): object | undefined {
    const { componentClass, declaration, document, id } = this.#target;
    // Without its attributes (misspelled, or no mapping) nothing can be said about single ones.
    const isLost = declaration.hasErrors && declaration.attributes === undefined;
    if (componentClass === undefined || isLost) return undefined;
    if (isDefaultsType(id.type)) return {};
    const schema = componentClass.schema as JsonSchema | undefined;
    const written = declaration.attributes ?? {};
    if (schema === undefined) {
      if (Object.keys(written).length > 0) {
        const message = `${id.type} takes no attributes; it is not resolvable from YAML with any`;
        this.#problems.push(
          valueProblem(document, ["attributes"], { code: "attributes-not-accepted", message }),
        );
      }
      return {};
    }
    const resolved = resolveAttributes(written, ["attributes"], { ...this.#resolveOptions(scope), schema });
    const before = this.#problems.length;
    const value = readValue(schema, resolved.value, {
      templated: resolved.templated,
      report: (path, problem) =>
        this.#problems.push(valueProblem(document, ["attributes", ...path], problem)),
      note: (object, path) => this.#paths.set(object, ["attributes", ...path]),
      writtenText: (path) => {
        const span = document.valueSpan(["attributes", ...path]);
        return span === undefined ? undefined : writtenText(document, span);
      },
    });
    if (this.#problems.length === before && !this.#hasErrors()) {
      for (const { path, ...problem } of otherSchemaProblems(schema, value)) {
        this.#problems.push(valueProblem(document, ["attributes", ...path], problem));
      }
    }
    return value as object;
  }

  #construct(
    attributes: object,
    { scope, patches, missing }: { scope: Scope; patches: DeferredPatch[]; missing: string[] },
  ): BuiltDocument {
    const { componentClass, document, inputs, folder, name, id } = this.#target;
    const { root, configuration, facts } = this.#project;
    const context = new BuildContext({
      root,
      environment: configuration.environment,
      folder,
      name,
      document,
      scope,
      reads: this.#reads,
      inputs,
      facts,
      paths: this.#paths,
      outsideWork: this.#project.outsideWork,
      lock: this.#project.lockOf(folder, name, inputs),
      report: (problem) => this.#reportOnce(problem),
      importFunction: (written) => this.#project.importFunction(written, folder),
    });
    let component: Component | undefined;
    let definitions: Definitions = {};
    try {
      component = new (componentClass as unknown as new (attributes: object) => Component)(attributes);
      definitions = component.buildDefinitions(context) ?? {};
      if (typeof (definitions as { then?: unknown }).then === "function") {
        throw new TypeError("buildDefinitions gives definitions, not a promise of them");
      }
    } catch (error) {
      definitions = {};
      this.#buildFailed(error, missing.length > 0 || context.lacksCredentials, id.type);
    }
    return this.#result({ enabled: true, patches, missing, component, definitions, context });
  }

  #buildFailed(error: unknown, isIncomplete: boolean, type: string): void {
    if (error instanceof ProblemError) {
      for (const problem of error.problems) {
        if (!(isIncomplete && problem.message.includes("${"))) this.#reportOnce(problem);
      }
      return;
    }
    // Without its variables a component may fail for no other reason.
    if (!isIncomplete) this.#failed(error, `${type} failed`);
  }

  #failed(error: unknown, what: string): void {
    const { document } = this.#target;
    const place = placeOfError(error, this.#project.root);
    const message = error instanceof Error ? error.message : String(error);
    this.#reportOnce(
      problemAt(document.span, "build-failed", `${what}: ${message}`, {
        ...(place === undefined
          ? {}
          : {
              hint: `thrown at ${place.file}:${place.line}:${place.column}`,
              related: [{ span: { file: place.file, start: place, end: place }, message: "thrown here" }],
            }),
      }),
    );
  }

  #reportOnce(problem: Problem): void {
    const { start } = problem.span;
    const isTold = this.#problems.some(
      ({ code, message, span }) =>
        code === problem.code &&
        message === problem.message &&
        span.start.line === start.line &&
        span.start.column === start.column,
    );
    if (!isTold) this.#problems.push(problem);
  }

  #hasErrors(): boolean {
    return this.#target.declaration.hasErrors || this.#problems.some(({ severity }) => severity === "error");
  }

  #result(outcome: {
    readonly enabled: boolean;
    readonly missing: readonly string[];
    readonly patches?: readonly DeferredPatch[];
    readonly component?: Component | undefined;
    readonly definitions?: Definitions;
    readonly context?: BuildContext;
  }): BuiltDocument {
    const { document, declaration, id, name, folder, inputs } = this.#target;
    const { enabled, context, component } = outcome;
    for (const { name: variable } of this.#reads.reads) inputs.variable(variable);
    this.#problems.push(
      ...variableProblems(document, declaration, this.#reads.reads, {
        rules: this.#project.configuration.env,
        validateRequirements: this.#project.validateRequirements,
      }),
    );
    const here = { file: document.file, line: document.span.start.line };
    let specs = emptySpecs;
    if (enabled && !this.#hasErrors()) {
      specs = specsOf(outcome.definitions ?? {}, () => here);
      for (const { code, message } of wrongNames(specs))
        this.#reportOnce(problemAt(document.span, code, message));
    }
    const isQuarantined = enabled && this.#hasErrors();
    const lacking = [...new Set([...outcome.missing, ...(context?.needs ?? [])])];
    const status: ComponentStatus = isQuarantined
      ? "quarantined"
      : outcome.missing.length > 0 || context?.lacksCredentials === true
        ? "needs_credentials"
        : context?.waitsForLock === true
          ? "needs_lock"
          : "ready";
    const definitionPatches = outcome.definitions?.patches ?? [];
    return {
      loaded: {
        ...id,
        name,
        folder,
        line: here.line,
        enabled,
        status: enabled ? status : "ready",
        needs: isQuarantined ? [] : lacking,
        tools: isQuarantined || component === undefined ? [] : [...component.requiredTools()],
        variables: [
          ...new Set([...this.#reads.reads.map((read) => read.name), ...declaration.requirements]),
        ].sort(),
        specs: isQuarantined ? emptySpecs : specs,
        patches: isQuarantined ? [] : [...(outcome.patches ?? []), ...definitionPatches],
      },
      problems: this.#problems,
      reads: this.#reads.reads,
      usedNames: [...this.#used],
      definitions: isQuarantined || !enabled ? {} : (outcome.definitions ?? {}),
      component: isQuarantined ? undefined : component,
    };
  }
}
