import { join } from "node:path";
import type { EnvironmentRule, VariableRule } from "../core/environment.ts";
import type { PoolSpec } from "../core/job.ts";
import type { RuleSettings } from "../core/loaded-project.ts";
import type { Problem, Report } from "../core/problem.ts";
import type { QueueSettings, RetentionSettings } from "../core/queue.ts";
import { isPlainObject } from "../core/secret.ts";
import { type Path, type Span, startOf } from "../core/span.ts";
import { didYouMean } from "../core/suggest.ts";
import { parseDocuments, type SourceDocument } from "../yaml/document.ts";
import { configurationSchema } from "./configuration-schema.ts";
import { type FileSystem, realFiles } from "./file-system.ts";
import { problemAt } from "./make-problem.ts";
import { queueSettings, retentionSettings } from "./queue-settings.ts";
import { readValue } from "./read-value.ts";

/** A project's settings with every default filled in. Folders are relative to the project, with `/`. */
export interface Configuration {
  readonly defs: readonly string[];
  readonly registry: { readonly [module: string]: string };
  readonly env: { readonly [variable: string]: VariableRule };
  readonly environments: readonly EnvironmentRule[];
  /** Name of the one that is in force. */
  readonly environment: string;
  readonly keyPrefix?: string;
  readonly storage: { readonly url: string };
  readonly io: string;
  readonly pools: readonly PoolSpec[];
  /** Other projects by name, and the folders in which they usually are. */
  readonly projects: { readonly [name: string]: string };
  readonly launcher: string | { readonly type: string; readonly [setting: string]: unknown };
  readonly queue: QueueSettings;
  readonly retention: RetentionSettings;
  readonly rules: RuleSettings;
  /** All that is written under `dop`, with `{"env": NAME}` replaced, for what only one floor reads. */
  readonly settings: { readonly [key: string]: unknown };
}

export interface ConfigurationOptions {
  readonly root: string;
  /** Instead of `dop` in package.json, which is then not read. */
  readonly configuration?: unknown;
  readonly variables: { readonly [name: string]: string | undefined };
  /** Name of the environment as the command line gives it. */
  readonly environment?: string;
  readonly files?: FileSystem;
}

/** Problems point into package.json; what is wrong is left out and its default holds. */
export function readConfiguration(options: ConfigurationOptions, report: Report): Configuration {
  const source =
    options.configuration !== undefined ? givenSource(options.configuration) : fileSource(options, report);
  const tell = (path: Path, message: string, hint?: string): void =>
    report(
      problemAt(source.span(path), "invalid-configuration", message, {
        path: ["dop", ...path].join("."),
        ...(hint === undefined ? {} : { hint }),
      }),
    );
  const settings = checkedSettings(source.value, options.variables, tell);
  const rules = (settings["environments"] ?? []) as readonly EnvironmentRule[];
  const { environment, rule } = chosenEnvironment(rules, options, (message, hint) =>
    report(
      problemAt(source.span(["environments"]), "unknown-environment", message, {
        hint,
        path: "dop.environments",
      }),
    ),
  );
  const registry = (settings["registry"] ?? { lib: "./lib" }) as { [module: string]: string };
  return {
    defs: foldersOf(settings["defs"], rule),
    registry,
    env: (settings["env"] ?? {}) as { [variable: string]: VariableRule },
    environments: rules,
    environment,
    ...(rule?.key_prefix === undefined || rule.key_prefix === "" ? {} : { keyPrefix: rule.key_prefix }),
    storage: { url: "sqlite:.dop/dop.sqlite", ...(settings["storage"] as object | undefined) },
    io: (settings["io"] ?? "parquet") as string,
    pools: poolsOf(settings["pools"]),
    projects: (settings["projects"] ?? {}) as Configuration["projects"],
    launcher: (settings["launcher"] ?? "local") as Configuration["launcher"],
    queue: queueSettings(settings["queue"]),
    retention: retentionSettings(settings["retention"]),
    rules: (settings["rules"] ?? {}) as RuleSettings,
    settings,
  };
}

/** A number alone is the limit. */
function poolsOf(written: unknown): PoolSpec[] {
  return Object.entries((written ?? {}) as { [name: string]: number | Omit<PoolSpec, "name"> })
    .map(([name, pool]) => (typeof pool === "number" ? { name, limit: pool } : { ...pool, name }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

interface SettingsSource {
  readonly value: unknown;
  span(path: Path): Span;
}

function givenSource(value: unknown): SettingsSource {
  return { value, span: () => startOf("package.json") };
}

function fileSource({ root, files = realFiles }: ConfigurationOptions, report: Report): SettingsSource {
  const nothing: SettingsSource = givenSource(undefined);
  let text: string;
  try {
    text = new TextDecoder().decode(files.readFile(join(root, "package.json")));
  } catch {
    return nothing;
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const message = `package.json is not JSON: ${error instanceof Error ? error.message : String(error)}`;
    const yaml: Problem[] = [];
    parseDocuments("package.json", text, (problem) => yaml.push(problem));
    report(problemAt(yaml[0]?.span ?? startOf("package.json"), "invalid-configuration", message));
    return nothing;
  }
  let document: SourceDocument | undefined;
  return {
    value: isPlainObject(parsed) ? parsed["dop"] : undefined,
    span(path) {
      document ??= parseDocuments("package.json", text, () => {})[0];
      return document?.nearestSpan(["dop", ...path]) ?? startOf("package.json");
    },
  };
}

type Tell = (path: Path, message: string, hint?: string) => void;

function checkedSettings(
  written: unknown,
  variables: { readonly [name: string]: string | undefined },
  tell: Tell,
): { [key: string]: unknown } {
  if (written === undefined) return {};
  if (!isPlainObject(written)) {
    tell([], "`dop` must be a mapping");
    return {};
  }
  const defaults = defaultsOf(written["env"]);
  // Asked one by one: a load is known by the variables that it asked for.
  const lookUp = (name: string) => variables[name] ?? defaults.get(name);
  const replaced = withVariables(written, [], lookUp, tell) as Record<string, unknown>;
  const wrong = new Set<unknown>();
  const value = readValue(configurationSchema, replaced, {
    report: (path, { message, hint }) => {
      wrong.add(path[0]);
      tell(path, message, hint);
    },
  }) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(value).filter(([key]) => !wrong.has(key)));
}

/** Values of variables that are not set, by `dop.env`. */
function defaultsOf(rules: unknown): ReadonlyMap<string, string> {
  const written = isPlainObject(rules) ? Object.entries(rules) : [];
  return new Map(
    written.flatMap(([name, rule]): [string, string][] =>
      isPlainObject(rule) && typeof rule["default"] === "string" ? [[name, rule["default"]]] : [],
    ),
  );
}

/** Replaces `{"env": NAME}`; the default of `dop.env` holds where the variable is not set. */
function withVariables(
  value: unknown,
  path: Path,
  lookUp: (name: string) => string | undefined,
  tell: Tell,
): unknown {
  if (Array.isArray(value))
    return value.map((item, index) => withVariables(item, [...path, index], lookUp, tell));
  if (!isPlainObject(value)) return value;
  const keys = Object.keys(value);
  if (keys.length === 1 && typeof value["env"] === "string" && path[0] !== "env") {
    const name = value["env"];
    const found = lookUp(name);
    if (found !== undefined) return found;
    tell(path, `the environment variable ${name} is not set`, `set ${name}, for example in .env`);
    return undefined;
  }
  return Object.fromEntries(
    keys
      .map((key) => [key, withVariables(value[key], [...path, key], lookUp, tell)] as const)
      .filter(([, item]) => item !== undefined),
  );
}

function chosenEnvironment(
  rules: readonly EnvironmentRule[],
  { environment, variables }: ConfigurationOptions,
  tell: (message: string, hint: string) => void,
): { environment: string; rule?: EnvironmentRule } {
  const named = environment ?? (variables["DOP_ENVIRONMENT"] || undefined);
  if (named === undefined) {
    const rule = rules.find(({ when = {} }) =>
      Object.entries(when).every(([name, value]) => variables[name] === value),
    );
    return rule === undefined ? { environment: "local" } : { environment: rule.name, rule };
  }
  const rule =
    rules.find(({ name }) => name === named) ??
    rules.find(({ name }) => name.toLowerCase() === named.toLowerCase());
  if (rule !== undefined) return { environment: rule.name, rule };
  const names = rules.map(({ name }) => name);
  if (names.length > 0) {
    tell(
      `there is no environment \`${named}\``,
      didYouMean(named, names) ?? `environments are ${names.join(", ")}`,
    );
  }
  return { environment: named };
}

function foldersOf(written: unknown, rule: EnvironmentRule | undefined): string[] {
  const list = (value: unknown): string[] =>
    (Array.isArray(value) ? value : [value]).map((item) => cleanFolder(String(item)));
  const base = list(written ?? "defs");
  const own = rule?.defs;
  if (own === undefined) return base;
  if (!isPlainObject(own)) return list(own);
  const without = new Set(list(own["leave_out"] ?? []));
  return [...new Set([...base, ...list(own["add"] ?? [])])].filter((folder) => !without.has(folder));
}

/** `./defs/` is `defs`. */
function cleanFolder(folder: string): string {
  return folder.replace(/^(\.\/)+/, "").replace(/\/+$/, "") || ".";
}
