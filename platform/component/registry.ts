import { isAbsolute, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { suggest } from "../core/suggest.ts";
import type { ComponentClass } from "../define/component.ts";
import { builtInComponents } from "./built-in-components.ts";
import type { Configuration } from "./configuration.ts";
import type { FileFacts } from "./file-facts.ts";
import { packageModules } from "./package-modules.ts";

/** Classes given by the caller, by module and class name. */
export interface GivenClasses {
  readonly [module: string]: { readonly [className: string]: ComponentClass };
}

/** Where a class is: ready, or exported under `name` by the module at an absolute path. */
export type ClassPlace =
  | { readonly ready: ComponentClass; readonly name: string }
  | { readonly module: string; readonly name: string };

export interface UnknownType {
  readonly message: string;
  readonly hint?: string;
}

const installation = fileURLToPath(new URL("../../", import.meta.url));

/** What comes with dop; a class of the same name in the project's own `lib` goes before it. */
const shippedClasses = join(installation, "lib");

const moduleName = /\.(ts|mts|js|mjs)$/;
const ignoredName = /(\.test\.[mc]?[tj]s|\.d\.[mc]?ts)$/;

/** Finds component classes by the type names that documents use; imports none. */
export class Registry {
  readonly #root: string;
  readonly #configuration: Configuration;
  readonly #facts: FileFacts;
  readonly #given: GivenClasses;
  readonly #exports = new Map<string, Map<string, string>>();
  /** What was found for types that mean the same in every folder. */
  readonly #places = new Map<string, ClassPlace | UnknownType>();
  #packages: ReadonlyMap<string, string> | undefined;

  constructor(root: string, configuration: Configuration, facts: FileFacts, given: GivenClasses = {}) {
    this.#root = root;
    this.#configuration = configuration;
    this.#facts = facts;
    this.#given = given;
  }

  /** `folder` is that of the component file, relative to the project. */
  find(type: string, folder: string): ClassPlace | UnknownType {
    const builtIn = builtInComponents[type];
    if (builtIn !== undefined) return { ready: builtIn, name: type };
    if (type.startsWith(".")) return this.#beside(type, folder);
    let place = this.#places.get(type);
    if (place === undefined) {
      place = this.#findRegistered(type);
      this.#places.set(type, place);
    }
    return place;
  }

  #findRegistered(type: string): ClassPlace | UnknownType {
    const cut = type.lastIndexOf(".");
    if (cut <= 0) return this.#unknown(type, "a type is written as `module.Class`");
    const [module, name] = [type.slice(0, cut), type.slice(cut + 1)];
    const given = this.#given[module]?.[name];
    if (given !== undefined) return { ready: given, name };
    for (const prefix of prefixesOf(module)) {
      const place = this.#configuration.registry[prefix] ?? this.#packageModules().get(prefix);
      if (place === undefined) continue;
      const rest = module.slice(prefix.length + 1);
      const found =
        this.#findBelow(this.#absolute(place), rest, name) ??
        (prefix === "lib" ? this.#findBelow(shippedClasses, rest, name) : undefined);
      return found ?? this.#unknown(type);
    }
    return this.#unknown(type);
  }

  /** Every type name that a document may use, sorted; for completion and suggestions. */
  types(): string[] {
    const given = Object.entries(this.#given).flatMap(([module, classes]) =>
      Object.keys(classes).map((name) => `${module}.${name}`),
    );
    const registry = Object.entries(this.#configuration.registry);
    const shipped = registry.some(([prefix]) => prefix === "lib") ? [["lib", shippedClasses] as const] : [];
    const modules = [...registry, ...shipped, ...this.#packageModules()];
    const found = modules.flatMap(([prefix, place]) =>
      [...this.#exportsBelow(this.#absolute(place)).keys()]
        .filter((name) => name.endsWith("Component"))
        .map((name) => `${prefix}.${name}`),
    );
    return [...new Set([...Object.keys(builtInComponents), ...given, ...found])].sort();
  }

  /** A module named as types are: `.name` or `./name` beside the component file, or dotted below the registry. */
  findModule(written: string, folder: string): string | undefined {
    const own = written.startsWith(".") ? join(this.#root, folder, relativeParts(written)) : undefined;
    if (own !== undefined) return this.#moduleFile(own);
    for (const prefix of prefixesOf(written)) {
      const place = this.#configuration.registry[prefix];
      if (place === undefined) continue;
      const rest = written.slice(prefix.length + 1);
      const base = this.#absolute(place);
      return this.#moduleFile(rest === "" ? base : join(base, ...rest.split(".")));
    }
    return (
      this.#moduleFile(join(this.#root, ...written.split("."))) ?? this.#moduleFile(join(this.#root, written))
    );
  }

  forget(): void {
    this.#exports.clear();
    this.#places.clear();
    this.#packages = undefined;
  }

  #beside(type: string, folder: string): ClassPlace | UnknownType {
    const path = relativeParts(type).split("/");
    const name = path.pop() as string;
    const here = join(this.#root, folder);
    const found =
      path.length === 0 ? this.#findInFolder(here, name) : this.#findBelow(join(here, ...path), "", name);
    if (found !== undefined) return found;
    const dotted = [...moduleParts(folder, this.#configuration.defs), ...path, name].join(".");
    const file = path.length === 0 ? undefined : posix.join(folder, `${path.join("/")}.ts`);
    return {
      message: `component type \`${dotted}\` not found`,
      hint:
        file === undefined
          ? `no TypeScript file in ${folder} exports a class ${name}`
          : `${file} exports no class ${name}`,
    };
  }

  #findBelow(base: string, dotted: string, name: string): ClassPlace | undefined {
    const narrowed = dotted === "" ? base : join(base, ...dotted.split("."));
    for (const place of narrowed === base ? [base] : [narrowed, base]) {
      const file =
        this.#facts.stat(place)?.kind === "file" ? place : this.#moduleFile(place, { folder: false });
      const module =
        file === undefined ? this.#exportsBelow(place).get(name) : this.#exportsOf(file).get(name);
      if (module !== undefined) return { module, name };
    }
    return undefined;
  }

  #findInFolder(folder: string, name: string): ClassPlace | undefined {
    for (const entry of this.#list(folder)) {
      if (entry.kind !== "file" || !isModule(entry.name)) continue;
      const module = this.#exportsOf(join(folder, entry.name)).get(name);
      if (module !== undefined) return { module, name };
    }
    return undefined;
  }

  #absolute(place: string): string {
    if (isAbsolute(place)) return place;
    const own = join(this.#root, place);
    if (this.#facts.stat(own) !== undefined || this.#moduleFile(own) !== undefined) return own;
    // A project without a `lib` of its own uses the one that comes with dop.
    const shipped = join(installation, place);
    return this.#facts.stat(shipped) === undefined ? own : shipped;
  }

  #moduleFile(path: string, { folder = true } = {}): string | undefined {
    const candidates = [path, `${path}.ts`, `${path}.js`, `${path}.mjs`];
    if (folder) candidates.push(join(path, "index.ts"), join(path, "index.js"));
    return candidates.find(
      (candidate) => moduleName.test(candidate) && this.#facts.stat(candidate)?.kind === "file",
    );
  }

  /** Exported classes of a folder's sources and of the folders below, by name. */
  #exportsBelow(folder: string): Map<string, string> {
    const known = this.#exports.get(folder);
    if (known !== undefined) return known;
    const found = new Map<string, string>();
    this.#exports.set(folder, found);
    if (this.#facts.stat(folder)?.kind === "file") {
      for (const [name, module] of this.#exportsOf(folder)) found.set(name, module);
      return found;
    }
    for (const entry of this.#list(folder)) {
      const path = join(folder, entry.name);
      const isFolder =
        entry.kind === "folder" && !entry.name.startsWith(".") && entry.name !== "node_modules";
      const inner = isFolder
        ? this.#exportsBelow(path)
        : isModule(entry.name)
          ? this.#exportsOf(path)
          : new Map<string, string>();
      for (const [name, module] of inner) if (!found.has(name)) found.set(name, module);
    }
    return found;
  }

  #exportsOf(file: string): Map<string, string> {
    const known = this.#exports.get(file);
    if (known !== undefined) return known;
    let text = "";
    try {
      text = new TextDecoder().decode(this.#facts.files.readFile(file));
    } catch {
      // What cannot be read exports nothing.
    }
    const found = new Map(exportedClasses(text).map((name) => [name, file] as const));
    this.#exports.set(file, found);
    return found;
  }

  #list(folder: string) {
    try {
      return this.#facts.stat(folder)?.kind === "folder" ? this.#facts.files.list(folder) : [];
    } catch {
      return [];
    }
  }

  #packageModules(): ReadonlyMap<string, string> {
    this.#packages ??= packageModules(this.#root, this.#facts);
    return this.#packages;
  }

  #unknown(type: string, hint?: string): UnknownType {
    const types = this.types();
    const name = type.slice(type.lastIndexOf(".") + 1);
    const near = suggest(type, types) ?? types.find((candidate) => candidate.endsWith(`.${name}`));
    const found = near === undefined ? hint : `did you mean \`${near}\`?`;
    return {
      message: `component type \`${type}\` not found`,
      ...(found === undefined ? {} : { hint: found }),
    };
  }
}

/** Names of the classes that a module exports, by its text alone. */
export function exportedClasses(text: string): string[] {
  const direct = [...text.matchAll(/^\s*export\s+(?:abstract\s+)?class\s+([A-Za-z_$][\w$]*)/gm)];
  const constants = [...text.matchAll(/^\s*export\s+const\s+([A-Za-z_$][\w$]*)\s*=\s*class\b/gm)];
  const lists = [...text.matchAll(/^\s*export\s*\{([^}]*)\}\s*(?!from)/gm)].flatMap(([, inner = ""]) =>
    inner.split(",").map((item) => /(?:\bas\s+)?([A-Za-z_$][\w$]*)\s*$/.exec(item)?.[1] ?? ""),
  );
  return [
    ...direct.map((match) => match[1] as string),
    ...constants.map((match) => match[1] as string),
    ...lists,
  ].filter((name) => /^[A-Z]/.test(name));
}

function isModule(name: string): boolean {
  return moduleName.test(name) && !ignoredName.test(name);
}

/** `a.b.c`, `a.b`, `a`. */
function prefixesOf(module: string): string[] {
  const parts = module.split(".");
  return parts.map((_, index) => parts.slice(0, parts.length - index).join("."));
}

/** `.name.Class` and `./name.Class` as a path with `/`; each further leading dot goes one folder up. */
function relativeParts(written: string): string {
  if (written.startsWith("./") || written.startsWith("../")) {
    return written.replace(/^\.\//, "").replace(/\.(?=[A-Za-z_$][\w$]*$)/, "/");
  }
  const dots = /^\.+/.exec(written)?.[0].length ?? 0;
  return `${"../".repeat(Math.max(0, dots - 1))}${written.slice(dots).replaceAll(".", "/")}`;
}

/** The folder as a module's name, counted from the defs folder. */
function moduleParts(folder: string, defs: readonly string[]): string[] {
  const base = defs.find((candidate) => folder === candidate || folder.startsWith(`${candidate}/`));
  const below = base === undefined ? folder : relative(base, folder).split(sep).join("/");
  return below.split("/").filter((part) => part !== "" && part !== ".");
}
