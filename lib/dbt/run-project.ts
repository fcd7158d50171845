import { existsSync } from "node:fs";
import { type ComponentContext, isPlainObject, reveal, type StepContext } from "#platform";
import { runNames, sampleRunNames } from "../run-names.ts";
import type { DbtConnection } from "./profiles.ts";
import type { RunSettings } from "./run-settings-schema.ts";

/** How dbt is called in one step, with all that was written evaluated; secrets revealed. */
export interface DbtProject {
  /** Absolute. */
  readonly folder: string;
  readonly profilesFolder?: string;
  readonly profile?: string;
  readonly target?: string;
  /** Instead of a profiles.yml. */
  readonly connection?: DbtConnection;
  /** Put over what the connection says. */
  readonly output?: { readonly [field: string]: unknown };
  readonly vars?: { readonly [name: string]: unknown };
  readonly fullRefresh: boolean;
  readonly env: { readonly [name: string]: string };
  readonly command: RunSettings["command"];
  readonly tests: RunSettings["tests"];
  readonly invocationMode: RunSettings["invocation_mode"];
  readonly execution: Execution;
  readonly installDeps: RunSettings["install_deps"];
  /** Absolute folder of an earlier manifest. */
  readonly stateFolder?: string;
  readonly defer: boolean;
  readonly favorState: boolean;
  readonly failFast: boolean;
  readonly threads?: number;
  readonly args: readonly string[];
  readonly keepsCompiledSql: boolean;
}

type Written = Exclude<RunSettings["execution"], "local">;

export type DockerSettings = Extract<Written, { docker: unknown }>["docker"];
export type KubernetesSettings = Extract<Written, { kubernetes: unknown }>["kubernetes"];

/** Where dbt runs; folders absolute. */
export type Execution =
  | { readonly type: "local" }
  | { readonly type: "venv"; readonly folder: string }
  | { readonly type: "venv"; readonly requirements: readonly string[] }
  | { readonly type: "docker"; readonly settings: DockerSettings }
  | { readonly type: "kubernetes"; readonly settings: KubernetesSettings };

/** What is put over the settings for single nodes, by `meta.dop.dbt` or Cosmos' `meta.cosmos.operator_kwargs`. */
export interface NodeOverrides {
  readonly full_refresh?: boolean;
  readonly vars?: { readonly [name: string]: unknown };
  readonly env?: { readonly [name: string]: string };
  readonly target?: string;
  readonly threads?: number;
  readonly fail_fast?: boolean;
  readonly args?: readonly unknown[];
}

/** The settings of a component as they hold for one step of it. */
export function projectOf(
  context: ComponentContext,
  {
    settings,
    project,
    overrides = {},
  }: { settings: RunSettings; project: string; overrides?: NodeOverrides },
  step: StepContext,
): DbtProject {
  const folder = context.resolvePath(project);
  const { profile, profile_from: source, state } = settings;
  const target = overrides.target ?? settings.target;
  const threads = overrides.threads ?? settings.threads;
  const profilesFolder = profilesFolderOf(context, settings.profiles_dir, folder);
  const vars = varsOf(context, { settings, overrides }, step);
  const launched = step.config["full_refresh"];
  return {
    folder,
    fullRefresh: typeof launched === "boolean" ? launched : (overrides.full_refresh ?? settings.full_refresh),
    env: reveal({ ...settings.env, ...overrides.env }),
    command: settings.command,
    tests: settings.tests,
    invocationMode: settings.invocation_mode,
    execution: executionOf(context, settings.execution),
    installDeps: settings.install_deps,
    defer: settings.defer,
    favorState: settings.favor_state,
    failFast: overrides.fail_fast ?? settings.fail_fast,
    args: argumentsOf([...(settings.args ?? []), ...(overrides.args ?? [])]),
    keepsCompiledSql: settings.compiled_sql,
    ...(source === undefined ? {} : connectionOf(source, step)),
    ...(profilesFolder === undefined || source !== undefined ? {} : { profilesFolder }),
    ...(profile === undefined ? {} : { profile }),
    ...(target === undefined ? {} : { target }),
    ...(vars === undefined ? {} : { vars }),
    ...(state === undefined ? {} : { stateFolder: context.resolvePath(state) }),
    ...(threads === undefined ? {} : { threads }),
  };
}

/** Key of the resource that the profile is made from. */
export function profileResource({
  profile_from: source,
}: Pick<RunSettings, "profile_from">): string | undefined {
  return typeof source === "string" ? source : source?.resource;
}

/** Text as it is; `{--vars: {a: 1}}` as the name and the value, mappings as JSON; `{--empty: true}` as the name alone. */
export function argumentsOf(written: readonly unknown[]): string[] {
  return written.flatMap((one) => {
    const plain = reveal(one);
    if (!isPlainObject(plain)) return [String(plain)];
    return Object.entries(plain).flatMap(([name, value]) => {
      if (value === true || value === null) return [name];
      if (value === false || value === undefined) return [];
      if (Array.isArray(value)) return [name, ...value.map(String)];
      return [name, typeof value === "object" ? JSON.stringify(value) : String(value)];
    });
  });
}

/** Names that templates of `vars` may use in a step. */
export function dbtRunNames(step: StepContext): { readonly [name: string]: unknown } {
  return {
    ...runNames(step),
    run: { id: step.runId, attempt: step.attempt, job: step.job ?? "", tags: step.tags },
    scheduled_at: step.tags["dop/tick"] ?? null,
  };
}

/** Names of a made-up step, to find wrong templates and to parse with while loading. */
export const sampleDbtNames: { readonly [name: string]: unknown } = {
  ...sampleRunNames([]),
  run: { id: "00000000-0000-7000-8000-000000000000", attempt: 1, job: "", tags: {} },
  scheduled_at: "2026-01-02T00:00:00Z",
};

function varsOf(
  context: ComponentContext,
  { settings, overrides }: { settings: RunSettings; overrides: NodeOverrides },
  step: StepContext,
): { readonly [name: string]: unknown } | undefined {
  const own =
    settings.vars === undefined ? {} : (context.evaluate(settings.vars, dbtRunNames(step)) as object);
  const launched = isPlainObject(step.config["vars"]) ? step.config["vars"] : {};
  const vars = reveal({ ...own, ...overrides.vars, ...launched });
  return Object.keys(vars).length === 0 ? undefined : vars;
}

function profilesFolderOf(
  context: ComponentContext,
  written: string | undefined,
  folder: string,
): string | undefined {
  if (written !== undefined) return context.resolvePath(written);
  return existsSync(`${folder}/profiles.yml`) ? folder : undefined;
}

function executionOf(context: ComponentContext, written: RunSettings["execution"]): Execution {
  if (written === "local") return { type: "local" };
  if ("docker" in written) return { type: "docker", settings: reveal(written.docker) };
  if ("kubernetes" in written) return { type: "kubernetes", settings: reveal(written.kubernetes) };
  return typeof written.venv === "string"
    ? { type: "venv", folder: context.resolvePath(written.venv) }
    : { type: "venv", requirements: written.venv };
}

function connectionOf(
  source: NonNullable<RunSettings["profile_from"]>,
  step: StepContext,
): Pick<DbtProject, "connection" | "output"> {
  const key = typeof source === "string" ? source : source.resource;
  const value = step.resources[key] as { readonly connection?: DbtConnection; readonly type?: unknown };
  const connection = value.connection ?? (value as DbtConnection);
  return {
    connection: { ...connection, type: String(connection.type ?? "of no known type") },
    ...(typeof source === "string" ? {} : { output: reveal(source.output) }),
  };
}
