import { Secret } from "../core/secret.ts";
import { exposeTable, type ScopeObject } from "./scope.ts";
import { TemplateError, templateError } from "./template-error.ts";

export interface EnvironmentReader {
  read(name: string): string | undefined;
  isSecret(name: string): boolean;
  /** Told of every variable that a template asks for, set or not. */
  record(name: string, use: { readonly hasDefault: boolean }): void;
}

/** What `env.X` gives for a variable that is not set: null, unless text stands around it. */
export class MissingVariable {
  readonly variable: string;

  constructor(variable: string) {
    this.variable = variable;
  }
}

/** The object behind `env`: `env.X`, `env('X')` and `env('X', default)`. */
export function environmentScope({ read, isSecret, record }: EnvironmentReader): ScopeObject {
  const readValue = (name: string): string | Secret | undefined => {
    const text = read(name);
    return text !== undefined && isSecret(name) ? new Secret(text) : text;
  };
  return exposeTable({
    name: "env",
    names: () => [],
    read: (name) => {
      record(name, { hasDefault: false });
      return readValue(name) ?? new MissingVariable(name);
    },
    call: (positional, named) => {
      const { default: namedDefault, ...others } = named;
      const [name, ...defaults] = positional;
      const extra = Object.keys(others)[0];
      if (typeof name !== "string" || defaults.length > 1 || extra !== undefined) {
        throw templateError(
          "`env` takes the name of a variable and at most a default",
          "write env('X') or env('X', 'default')",
        );
      }
      const hasDefault = defaults.length === 1 || "default" in named;
      record(name, { hasDefault });
      const value = readValue(name);
      if (value !== undefined) return value;
      if (hasDefault) return defaults.length === 1 ? defaults[0] : namedDefault;
      throw new TemplateError({
        code: "missing-variable",
        message: `the environment variable ${name} is not set and has no default`,
        hint: `set ${name}, or give a default: env('${name}', 'default')`,
        variable: name,
      });
    },
    item: (key) => {
      const name = typeof key === "string" ? key : "X";
      const ways = `env.${name} or env('${name}')`;
      throw templateError(`\`env['${name}']\` is not how variables are read; write ${ways}`, `write ${ways}`);
    },
  });
}

export function missingVariable({ variable }: MissingVariable): TemplateError {
  return new TemplateError({
    code: "missing-variable",
    message: `the environment variable ${variable} is not set`,
    hint: `set ${variable}, or give a default: env('${variable}', 'default')`,
    variable,
  });
}
