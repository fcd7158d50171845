// `define` is what users write definitions with, in TypeScript and in component classes.

import type { Static, TObject, TSchema } from "typebox";
import type { AssetSpec } from "../core/asset.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import type { CodeReference, Origins } from "../core/code-reference.ts";
import type { Problem, ProblemCode } from "../core/problem.ts";
import type { Reference } from "../core/reference.ts";
import type { Path } from "../core/span.ts";
import type { AssetAttributes, AssetSpecAttributes, CheckSpecAttributes } from "./asset-attributes.ts";
import type { Definitions } from "./definitions.ts";
import type { ComponentLock } from "./lock.ts";
import type { Translation } from "./translation.ts";

/** Marks component classes; `instanceof` would fail across two installed copies. */
export const componentMark: unique symbol = Symbol.for("dop.component");

/** What a class may know when it adds names to the scope of its templates. */
export interface ScopeContext {
  readonly projectRoot: string;
  /** Folder of the component file, absolute. */
  readonly folder: string;
  readonly environment: string;
  /** The value of a variable, recorded as read; `undefined` when it has none. */
  env(name: string): string | undefined;
}

/** What a component may ask while it builds its definitions. Everything read through it is tracked for the cache. */
export interface ComponentContext extends ScopeContext {
  /** The component file, relative to the project. */
  readonly file: string;
  /** Counted from 1 within the file. */
  readonly document: number;
  /** Unique in the project, such as `shop` or `shop#2`: put it into generated names. */
  readonly name: string;
  /** Absolute path of `path`, which is relative to the component's folder; outside the project is a problem. */
  resolvePath(path: string): string;
  /** Throws ProblemError (`file-not-found`) at the attribute that holds `path`, if one does. */
  readText(path: string): string;
  /** A file's text as a deferred template for `evaluate`, whose problems point into that file. */
  readTemplate(path: string): unknown;
  /** Text parsed as YAML (also JSON) and validated, if a schema is given; its problems point into that file. */
  readYaml<S extends TSchema>(path: string, schema: S): Static<S>;
  readYaml(path: string): unknown;
  /** Files below the component's folder that match a glob, sorted, relative to that folder. */
  listFiles(pattern: string): string[];
  exists(path: string): boolean;
  /**
   * Files below a folder (relative to the component's own) that match a glob, absolute and sorted, with one hash of
   * their names and bytes; none where there is no such folder.
   */
  filesBelow(folder: string, pattern: string): { readonly hash: string; readonly files: readonly string[] };
  /** Path of a command, in the project's `.venv` or on PATH; `undefined` where there is none. */
  findTool(name: string): string | undefined;
  /**
   * Path of a file that work outside this process comes to, such as the manifest that `dbt parse` writes, kept in
   * `.dop/cache` under `name` until `madeOf`, all that it depends on, is another text. `make` writes the file to the
   * path that it is given, or throws: it is tried again with the next load then, unless the error has `isLasting: true`
   * because only a change of `madeOf` can help. It is called only where nothing is kept and definitions are loaded for a command
   * or the control plane, never for a run: there `undefined` says that nothing is kept.
   */
  keptFile(work: {
    readonly name: string;
    readonly madeOf: string;
    make(path: string): void;
  }): string | undefined;
  /** What the outside system said when last asked; `undefined` where there is no lock.yaml. */
  readonly lock: ComponentLock | undefined;
  /** Marks the component as one that cannot run yet because nothing was asked of the outside system. */
  needsLock(reason: string): void;
  /** Marks the component as one that cannot run yet for want of a variable's value. */
  needsCredentials(variable: string): void;
  /** The spec of an asset written in the component's attributes, with the places of its fields. */
  assetSpec(attributes: AssetSpecAttributes, defaults?: Partial<AssetSpec>): AssetSpec;
  /** The fields of `attributes` put over `base` as `asset_attributes` do: tags and metadata merge, others replace. */
  applyAttributes(base: AssetSpec, attributes: AssetAttributes | undefined): AssetSpec;
  checkSpec(attributes: CheckSpecAttributes): AssetCheckSpec;
  /**
   * A base spec changed by a deferred `translation` for one external object; `names` are its scope. One that the
   * outside object itself brings is not written in the component file: `from` says which attribute its problems are
   * told at, and what stands in front of them.
   */
  translate(
    translation: Translation | undefined,
    base: AssetSpec,
    names: { readonly [name: string]: unknown },
    from?: { readonly path: Path; readonly words: string },
  ): AssetSpec;
  /** Evaluates one deferred template or plain data with templates for one object. */
  evaluate(deferred: unknown, names: { readonly [name: string]: unknown }): unknown;
  /** Tells of a problem at an attribute, such as `["assets", 0, "key"]` (below `attributes`), and carries on. */
  report(
    path: Path,
    problem: { code: ProblemCode; message: string; hint?: string; severity?: "error" | "warning" },
  ): void;
  /** Where an attribute is written. */
  codeReference(path?: Path): CodeReference;
  /**
   * Where the fields of a spec are written, each by the path of the attribute that sets it; those that are not
   * written are left out. Problems of the merge point there.
   */
  origins(paths: { readonly [field: string]: Path }): Origins;
  /** A code reference to another file of the project, from a path relative to the component's folder. */
  fileReference(path: string, line?: number): CodeReference;
  /** Imports `module.ts#function` or a dotted `.module.function` beside the component file, for steps. */
  importFunction(reference: string): Promise<(...args: never[]) => unknown>;
  /** A reference to an asset that another component defines, such as `("dbt_model", "orders")`. */
  reference(kind: string, argument: string): Reference;
}

/** Thrown inside a component to give up on it with problems that are already placed. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("; "));
    this.problems = problems;
  }
}

/**
 * A class that turns attributes into definitions: one schema, one method.
 *
 * Subclasses set `static schema`; one without takes no attributes. `scope` adds names to the templates of its
 * attributes and is inherited. `attributes` arrives validated, with defaults filled in, templates evaluated
 * (besides deferred ones) and secrets as `Secret`.
 */
export abstract class Component<S extends TObject = TObject> {
  static readonly [componentMark] = true;
  static readonly schema?: TObject;
  /** A component.yaml that shows it, as text; `dop docs` and scaffolds print it. */
  static readonly example?: string;
  static scope?(context: ScopeContext): { readonly [name: string]: unknown };

  readonly attributes: Static<S>;

  constructor(attributes: Static<S>) {
    this.attributes = attributes;
  }

  /** Commands that its steps call, such as `dbt`; without them the component shows `needs_tool`. */
  requiredTools(): readonly string[] {
    return [];
  }

  /** Names that other components' templates may use of it, besides `asset_keys` and `attributes`. */
  exposed?(): { readonly [name: string]: unknown };

  abstract buildDefinitions(context: ComponentContext): Definitions;
}

/** A class as the registry finds it. */
export interface ComponentClass {
  new (attributes: never): Component;
  readonly name: string;
  readonly [componentMark]: true;
  readonly schema?: TObject;
  readonly example?: string;
  scope?(context: ScopeContext): { readonly [name: string]: unknown };
}

export function isComponentClass(value: unknown): value is ComponentClass {
  return typeof value === "function" && componentMark in value;
}
