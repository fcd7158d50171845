import { createHmac } from "node:crypto";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import { isSecretVariable } from "../core/environment.ts";
import type { Configuration } from "./configuration.ts";
import type { VariableUse } from "./document-records.ts";
import { hashText } from "./file-facts.ts";
import type { VariableRead } from "./variable-reads.ts";

/** The variables of one load, as values, as hashes, and as what documents use. */
export class VariableValues {
  readonly #variables: { readonly [name: string]: string | undefined };
  readonly #configuration: Configuration;
  readonly #salt: string;
  readonly #hashes = new Map<string, string | null>();

  constructor(
    variables: { readonly [name: string]: string | undefined },
    configuration: Configuration,
    salt: string,
  ) {
    this.#variables = variables;
    this.#configuration = configuration;
    this.#salt = salt;
  }

  /** The variable's own value, else the default of package.json. */
  value(name: string): string | undefined {
    return this.#variables[name] ?? this.#configuration.env[name]?.default;
  }

  /** Of the value, for this project's cache alone; null where there is none. */
  hash(name: string): string | null {
    let hash = this.#hashes.get(name);
    if (hash === undefined) {
      const value = this.value(name);
      hash =
        value === undefined
          ? null
          : createHmac("sha256", this.#salt).update(value).digest("hex").slice(0, 16);
      this.#hashes.set(name, hash);
    }
    return hash;
  }

  /** The same on every machine; secrets count by whether they are set. */
  fingerprint(name: string): string | null {
    const value = this.value(name);
    if (value === undefined) return null;
    return isSecretVariable(name, this.#configuration.env[name]) ? "set" : hashText(value);
  }

  /** Every reading by a document, and what it lists without reading it. */
  usesOf(component: ComponentId, reads: readonly VariableRead[], listed: readonly string[]): VariableUse[] {
    const { env, environment } = this.#configuration;
    const use = (name: string, read: Partial<VariableUse>): VariableUse => ({
      component,
      name,
      hasDefault: false,
      ...read,
      isSet: this.value(name) !== undefined,
      isSecret: isSecretVariable(name, env[name]),
      isDeclared: env[name] !== undefined || listed.includes(name),
      isRequired: env[name]?.required_in?.includes(environment) ?? false,
    });
    const read = new Set(reads.map(({ name }) => name));
    const onlyListed = listed.filter((name) => !read.has(name));
    return [...reads.map((entry) => use(entry.name, entry)), ...onlyListed.map((name) => use(name, {}))];
  }
}
