/** The names that a template may use; a name without a value is not there. */
export interface Scope {
  get(name: string): unknown;
  /** Sorted, inner and outer ones alike. */
  names(): string[];
}

/** A scope whose values hide those of `outer` under the same name. Only own properties count. */
export function scopeOf(values: { readonly [name: string]: unknown }, outer?: Scope): Scope {
  const own = new Map(Object.entries(values));
  return {
    get: (name) => (own.has(name) ? own.get(name) : outer?.get(name)),
    names: () => [...new Set([...(outer?.names() ?? []), ...own.keys()])].sort(),
  };
}

/** An object that templates can read and call, but only through this table. */
export interface ScopeObject {
  readonly [scopeTable]: ScopeTable;
}

export interface ScopeTable {
  /** How messages call it. */
  readonly name: string;
  names(): Iterable<string>;
  /** What `x.name` gives; `undefined` where there is no such name. */
  read(name: string): unknown;
  /** What `x(…)` gives; absent where the object can't be called. */
  call?(positional: readonly unknown[], named: Readonly<Record<string, unknown>>): unknown;
  /** What `x['key']` gives; absent where that is the same as `x.key`. */
  item?(key: unknown): unknown;
}

export const scopeTable: unique symbol = Symbol.for("dop.scope-table");

/** A scope object with a fixed table of values and functions made by `templateFunction`. */
export function scopeObject(name: string, members: { readonly [name: string]: unknown }): ScopeObject {
  const table = new Map(Object.entries(members));
  return exposeTable({ name, names: () => table.keys(), read: (member) => table.get(member) });
}

export function exposeTable(table: ScopeTable): ScopeObject {
  return Object.freeze({ [scopeTable]: table });
}

export function isScopeObject(value: unknown): value is ScopeObject {
  return typeof value === "object" && value !== null && Object.hasOwn(value, scopeTable);
}

/** A function that templates can call; a plain JavaScript function can't be called from a template. */
export interface TemplateFunction {
  readonly [functionTable]: {
    readonly params: readonly string[] | undefined;
    readonly call: (...values: unknown[]) => unknown;
  };
}

export const functionTable: unique symbol = Symbol.for("dop.template-function");

/**
 * Lets templates call `call`.
 *
 * With `params`, keyword arguments fill the parameters of these names and an unknown one is an error; without,
 * they arrive as one object after the positional arguments.
 */
export function templateFunction(
  call: (...values: never[]) => unknown,
  options: { readonly params?: readonly string[] } = {},
): TemplateFunction {
  const table = { params: options.params, call: call as (...values: unknown[]) => unknown };
  return Object.freeze({ [functionTable]: Object.freeze(table) });
}

export function isTemplateFunction(value: unknown): value is TemplateFunction {
  return typeof value === "object" && value !== null && Object.hasOwn(value, functionTable);
}
