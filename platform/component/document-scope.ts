import type { ComponentClass, ScopeContext } from "../define/component.ts";
import { environmentScope } from "../template/environment-scope.ts";
import { type Scope, scopeObject, scopeOf, templateFunction } from "../template/scope.ts";
import { dagsterAliases } from "./dagster-aliases.ts";
import { environmentNames, plainNames } from "./scope-names.ts";
import { templateValue } from "./template-value.ts";
import type { VariableReads } from "./variable-reads.ts";

export interface DocumentScopeOptions {
  readonly context: ScopeContext;
  readonly reads: VariableReads;
  /** Absent for documents whose class is not known. */
  readonly componentClass?: ComponentClass;
  /** Template variables of outer folders, outermost first, then the document's own. */
  readonly layers: readonly { readonly [name: string]: unknown }[];
  loadComponent(path: string): unknown;
  /** Told of every name of `layers` that a template uses. */
  used(name: string): void;
}

/** Made once: a project has thousands of documents. */
const sharedNames = scopeOf(plainNames);

/** The names that a document's templates may use; later layers win. Throws what a class's `scope` throws. */
export function documentScope(options: DocumentScopeOptions): Scope {
  const { context, reads, componentClass, layers } = options;
  const load = templateFunction((path: string) => options.loadComponent(path), { params: ["path"] });
  const env = environmentScope({
    read: (name) => reads.readForTemplate(name),
    isSecret: (name) => reads.isSecret(name),
    record: (name, use) => reads.record(name, use),
  });
  const base = scopeOf(
    {
      ...dagsterAliases({ load, build: load }),
      ...environmentNames(context),
      env,
      environment: context.environment,
      project_root: context.projectRoot,
      context: scopeObject("context", {
        project_root: context.projectRoot,
        environment: context.environment,
        folder: context.folder,
        load_component: load,
        build_defs: load,
      }),
    },
    sharedNames,
  );
  const withClass = scopeOf(classNames(componentClass, context), base);
  const variables: Record<string, unknown> = Object.assign({}, ...layers);
  if (Object.keys(variables).length === 0) return withClass;
  return tracked(scopeOf(variables, withClass), variables, options);
}

/** What `static scope` of the class and of those it extends add; the subclass wins. */
function classNames(
  componentClass: ComponentClass | undefined,
  context: ScopeContext,
): { [name: string]: unknown } {
  const chain: ComponentClass[] = [];
  for (
    let at: unknown = componentClass;
    typeof at === "function" && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    if (Object.hasOwn(at, "scope")) chain.unshift(at as unknown as ComponentClass);
  }
  const names: { [name: string]: unknown } = {};
  for (const owner of chain) {
    // Called on the document's class, so that a scope may use what subclasses redefine.
    const added = owner.scope?.call(componentClass, context) ?? {};
    for (const [name, value] of Object.entries(added)) names[name] = templateValue(value);
  }
  return names;
}

function tracked(scope: Scope, variables: object, { used }: DocumentScopeOptions): Scope {
  return {
    names: () => scope.names(),
    get(name) {
      if (Object.hasOwn(variables, name)) used(name);
      return scope.get(name);
    },
  };
}
