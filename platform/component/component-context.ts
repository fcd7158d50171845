import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { Static, TSchema } from "typebox";
import type { AssetSpec } from "../core/asset.ts";
import { assetAttributesOf } from "../core/asset-fields.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import type { CodeReference, Origins } from "../core/code-reference.ts";
import { metadataOf, type RawMetadata } from "../core/metadata.ts";
import type { Problem, ProblemCode } from "../core/problem.ts";
import { type Reference, reference } from "../core/reference.ts";
import { isPlainObject, Secret } from "../core/secret.ts";
import { formatPath, type Path, type Span, startOf } from "../core/span.ts";
import type {
  AssetAttributes,
  AssetSpecAttributes,
  CheckSpecAttributes,
} from "../define/asset-attributes.ts";
import { type ComponentContext, ProblemError } from "../define/component.ts";
import type { ComponentLock } from "../define/lock.ts";
import type { Translation } from "../define/translation.ts";
import {
  evaluateDeferred,
  isTemplate,
  locateError,
  type Template,
  templateKey,
} from "../template/deferred-template.ts";
import { type Scope, scopeOf } from "../template/scope.ts";
import { TemplateError } from "../template/template-error.ts";
import { checkText } from "../yaml/check-text.ts";
import { parseDocuments, type SourceDocument } from "../yaml/document.ts";
import { specWithAttributes } from "./asset-spec-of.ts";
import { codePlace, entrySpan } from "./code-place.ts";
import type { InputRecorder } from "./document-inputs.ts";
import type { FileFacts } from "./file-facts.ts";
import { problemAt } from "./make-problem.ts";
import type { OutsideWork } from "./outside-work.ts";
import { readValue, type ValueProblem } from "./read-value.ts";
import { evaluateDeep } from "./resolve.ts";
import { templateValue } from "./template-value.ts";
import { translated } from "./translate.ts";
import { valueProblem } from "./value-problem.ts";
import type { VariableReads } from "./variable-reads.ts";

export interface BuildContextOptions {
  readonly root: string;
  readonly environment: string;
  /** Of the component file, relative to the project. */
  readonly folder: string;
  readonly name: string;
  readonly document: SourceDocument;
  readonly scope: Scope;
  readonly reads: VariableReads;
  readonly inputs: InputRecorder;
  readonly facts: FileFacts;
  /** Where the mappings of the attributes are written, from the document's root. */
  readonly paths: WeakMap<object, Path>;
  readonly lock: ComponentLock | undefined;
  readonly outsideWork: OutsideWork;
  report(problem: Problem): void;
  importFunction(reference: string): Promise<(...args: never[]) => unknown>;
}

/** What a component asks while it builds, answered for one document. */
export class BuildContext implements ComponentContext {
  readonly #options: BuildContextOptions;
  readonly needs: string[] = [];
  waitsForLock = false;
  lacksCredentials = false;

  constructor(options: BuildContextOptions) {
    this.#options = options;
  }

  get projectRoot(): string {
    return this.#options.root;
  }

  get folder(): string {
    return join(this.#options.root, this.#options.folder);
  }

  get environment(): string {
    return this.#options.environment;
  }

  get file(): string {
    return this.#options.document.file;
  }

  get document(): number {
    return this.#options.document.index;
  }

  get name(): string {
    return this.#options.name;
  }

  get lock(): ComponentLock | undefined {
    return this.#options.lock;
  }

  env(name: string): string | undefined {
    this.#options.inputs.variable(name);
    return this.#options.reads.read(name);
  }

  resolvePath(path: string): string {
    const { root } = this.#options;
    const absolute = isAbsolute(path) ? path : resolve(this.folder, path);
    const below = relative(root, absolute);
    if (below === ".." || below.startsWith(`..${sep}`) || isAbsolute(below)) {
      throw this.#giveUp(path, "outside-project", `\`${path}\` lies outside the project`);
    }
    return absolute;
  }

  readText(path: string): string {
    const absolute = this.resolvePath(path);
    const { facts, inputs } = this.#options;
    inputs.file(absolute);
    const file = this.#relative(absolute);
    const kind = facts.stat(absolute)?.kind;
    if (kind !== "file") {
      const what = kind === "folder" ? "is a folder, not a file" : "does not exist";
      throw this.#giveUp(path, "file-not-found", `the file ${file} ${what}`);
    }
    const problems: Problem[] = [];
    let text: string | undefined;
    try {
      text = checkText(file, facts.files.readFile(absolute), (problem) => problems.push(problem));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw this.#giveUp(path, "unreadable-file", `the file ${file} cannot be read: ${reason}`);
    }
    if (text === undefined) throw new ProblemError(problems);
    return text;
  }

  readTemplate(path: string): Template {
    const text = this.readText(path);
    const span = startOf(this.#relative(this.resolvePath(path)));
    const starts = [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];
    const stretches = starts.map((at, index) => ({ at, place: { line: index + 1, column: 1 } }));
    return { [templateKey]: 1, text, path: "", span, stretches };
  }

  readYaml<S extends TSchema>(path: string, schema: S): Static<S>;
  readYaml(path: string): unknown;
  readYaml(path: string, schema?: TSchema): unknown {
    const file = this.#relative(this.resolvePath(path));
    const problems: Problem[] = [];
    const [document] = parseDocuments(file, this.readText(path), (problem) => problems.push(problem));
    let { value } = document ?? { value: undefined };
    if (document !== undefined && schema !== undefined) {
      value = readValue(schema, value, {
        report: (at, problem) => problems.push(valueProblem(document, at, problem)),
      });
    } else if (schema !== undefined && problems.length === 0) {
      value = readValue(schema, null, {
        report: (_at, { code, message }) => problems.push(problemAt(startOf(file), code, message)),
      });
    }
    if (problems.some(({ severity }) => severity === "error")) throw new ProblemError(problems);
    for (const problem of problems) this.#options.report(problem);
    return value;
  }

  listFiles(pattern: string): string[] {
    return this.#options.inputs.list(this.folder, pattern);
  }

  exists(path: string): boolean {
    const absolute = this.resolvePath(path);
    const { facts, inputs } = this.#options;
    const stat = facts.stat(absolute);
    if (stat?.kind === "folder") inputs.list(absolute, "*");
    else inputs.file(absolute);
    return stat !== undefined;
  }

  filesBelow(folder: string, pattern: string): { readonly hash: string; readonly files: readonly string[] } {
    const { outsideWork, inputs } = this.#options;
    return outsideWork.filesBelow(this.resolvePath(folder), pattern, inputs);
  }

  findTool(name: string): string | undefined {
    return this.#options.outsideWork.findTool(name, this.#options.inputs);
  }

  keptFile(work: Parameters<ComponentContext["keptFile"]>[0]): string | undefined {
    return this.#options.outsideWork.keptFile(work, this.#options.inputs);
  }

  needsLock(reason: string): void {
    this.waitsForLock = true;
    this.needs.push(reason);
  }

  needsCredentials(variable: string): void {
    this.lacksCredentials = true;
    if (!this.needs.includes(variable)) this.needs.push(variable);
  }

  assetSpec(attributes: AssetSpecAttributes, defaults: Partial<AssetSpec> = {}): AssetSpec {
    this.#refuseSecrets(attributes);
    return this.#withAttributes({ ...defaults, key: attributes.key as AssetKey }, attributes);
  }

  applyAttributes(base: AssetSpec, attributes: AssetAttributes | undefined): AssetSpec {
    if (attributes === undefined) return base;
    this.#refuseSecrets(attributes);
    return this.#withAttributes(base, attributes);
  }

  checkSpec(attributes: CheckSpecAttributes): AssetCheckSpec {
    const {
      name,
      asset,
      additional_deps: additional,
      description,
      blocking,
      metadata,
      automation_condition: condition,
    } = attributes;
    this.#refuseSecrets({ name, additional_deps: additional });
    return {
      name,
      asset,
      ...(additional === undefined ? {} : { additionalDeps: additional }),
      ...(description === undefined ? {} : { description }),
      blocking: blocking ?? false,
      ...(metadata === undefined ? {} : { metadata: metadataOf(metadata as RawMetadata) }),
      ...(condition === undefined ? {} : { automationCondition: condition }),
    };
  }

  translate(
    translation: Translation | undefined,
    base: AssetSpec,
    names: { readonly [name: string]: unknown },
    from?: { readonly path: Path; readonly words: string },
  ): AssetSpec {
    if (translation === undefined || translation === null) return base;
    const template: unknown = translation;
    const path = isTemplate(template)
      ? pathOfText(template.path)
      : (this.#pathOf(translation) ?? ["attributes", "translation"]);
    let failed = false;
    const result = translated(translation, {
      scope: this.#scopeWith({ ...names, spec: assetAttributesOf(base) }),
      path,
      evaluate: (template, scope) => this.#evaluateTemplate(template, scope),
      report: (at, problem) => {
        failed = true;
        if (from === undefined) this.#reportValue(at, problem);
        else {
          const field = formatPath(at.slice(path.length));
          const words = field === "" ? from.words : `${from.words} (\`${field}\`)`;
          this.#reportValue(["attributes", ...from.path], {
            ...problem,
            message: `${words}: ${problem.message}`,
          });
        }
      },
    });
    if (failed || result === undefined) return base;
    if ("spec" in result) return result.spec;
    this.#refuseSecrets(result.attributes, path);
    return specWithAttributes(base, result.attributes, (attribute) =>
      this.#placeOf(isTemplate(template) ? path : [...path, attribute]),
    );
  }

  evaluate(deferred: unknown, names: { readonly [name: string]: unknown }): unknown {
    return evaluateDeep(deferred, this.#scopeWith(names), (template, scope) =>
      this.#evaluateTemplate(template, scope),
    );
  }

  report(
    path: Path,
    problem: { code: ProblemCode; message: string; hint?: string; severity?: "error" | "warning" },
  ): void {
    const { severity = "error", ...value } = problem;
    this.#options.report({
      ...valueProblem(this.#options.document, ["attributes", ...path], value),
      severity,
    });
  }

  codeReference(path: Path = []): CodeReference {
    const { document } = this.#options;
    if (path.length === 0) return { file: document.file, line: document.span.start.line };
    return codePlace(document.nearestSpan(["attributes", ...path]));
  }

  origins(paths: { readonly [field: string]: Path }): Origins {
    const places = Object.entries(paths).map(([field, path]) => [
      field,
      this.#placeOf(["attributes", ...path]),
    ]);
    return Object.fromEntries(places.filter(([, place]) => place !== undefined)) as Origins;
  }

  fileReference(path: string, line = 1): CodeReference {
    return { file: this.#relative(this.resolvePath(path)), line };
  }

  importFunction(written: string): Promise<(...args: never[]) => unknown> {
    return this.#options.importFunction(written);
  }

  reference(kind: string, argument: string): Reference {
    return { ...reference(kind, argument), span: this.#options.document.span };
  }

  #withAttributes(base: AssetSpec, attributes: AssetAttributes): AssetSpec {
    const path = this.#pathOf(attributes);
    return specWithAttributes(base, attributes, (attribute) =>
      path === undefined ? undefined : this.#placeOf([...path, attribute]),
    );
  }

  #placeOf(path: Path): CodeReference | undefined {
    const { document } = this.#options;
    const span = entrySpan(document, path);
    return span === undefined ? undefined : codePlace(span);
  }

  #pathOf(value: unknown): Path | undefined {
    return typeof value === "object" && value !== null ? this.#options.paths.get(value) : undefined;
  }

  #scopeWith(names: { readonly [name: string]: unknown }): Scope {
    return scopeOf(templateValue(names) as { [name: string]: unknown }, this.#options.scope);
  }

  /** Gives up on the component with a problem at the template. */
  #evaluateTemplate(template: Template, scope: Scope): unknown {
    const { reads } = this.#options;
    const evaluate = (): unknown =>
      reads.at(
        template.path,
        () => template.span,
        () => evaluateDeferred(template, scope),
      );
    try {
      return evaluate();
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      if (error.variable !== undefined && isCallOfEnv(template.text, error)) {
        this.needsCredentials(error.variable);
        return reads.leniently(evaluate);
      }
      throw new ProblemError([
        problemAt(locateError(template, error), error.code, error.message, {
          path: template.path,
          ...(error.hint === undefined ? {} : { hint: error.hint }),
        }),
      ]);
    }
  }

  /** A secret in a name, key, label or owner would be stored and shown. */
  #refuseSecrets(attributes: object, below?: Path): void {
    const base = below ?? this.#pathOf(attributes);
    for (const [field, value] of Object.entries(attributes)) {
      if (field === "metadata" || field === "description" || !holdsSecretText(value)) continue;
      const path = [...(base ?? ["attributes"]), field];
      const problem = problemAt(
        this.#options.document.nearestSpan(path),
        "secret-in-name",
        `a secret must not become part of \`${field}\``,
        {
          path: formatPath(path),
          hint: "declare the variable as no secret in package.json (`dop.env`), or leave it out here",
        },
      );
      throw new ProblemError([problem]);
    }
  }

  #reportValue(path: Path, problem: ValueProblem): void {
    this.#options.report(valueProblem(this.#options.document, path, problem));
  }

  /** A problem at the attribute whose value is `path`, if one is. */
  #giveUp(path: string, code: ProblemCode, message: string): ProblemError {
    const { document } = this.#options;
    const attribute = findText(document.value, path, []);
    const span: Span =
      attribute === undefined
        ? document.span
        : (document.valueSpan(attribute) ?? document.nearestSpan(attribute));
    return new ProblemError([
      problemAt(span, code, message, { ...(attribute === undefined ? {} : { path: formatPath(attribute) }) }),
    ]);
  }

  #relative(absolute: string): string {
    return relative(this.#options.root, absolute).split(sep).join("/");
  }
}

function isCallOfEnv(text: string, { start }: TemplateError): boolean {
  return /^\s*env\s*\(/.test(text.slice(start));
}

function holdsSecretText(value: unknown): boolean {
  if (value instanceof Secret) return true;
  if (Array.isArray(value)) return value.some(holdsSecretText);
  return isPlainObject(value) && Object.values(value).some(holdsSecretText);
}

function findText(value: unknown, text: string, path: Path): Path | undefined {
  if (value === text) return path;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = findText(item, text, [...path, Array.isArray(value) ? Number(key) : key]);
    if (found !== undefined) return found;
  }
  return undefined;
}

function pathOfText(dotted: string): Path {
  return dotted.split(".").map((part) => (/^\d+$/.test(part) ? Number(part) : part));
}
