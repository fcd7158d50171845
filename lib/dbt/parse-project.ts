import { spawnSync } from "node:child_process";
import { hash } from "node:crypto";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type ComponentContext, isPlainObject, isSecretVariable } from "#platform";
import { parseDbtLog } from "./dbt-log.ts";
import { projectFiles } from "./project-files.ts";

/** A dbt project as it is parsed while definitions load. */
export interface ParsedProject {
  /** Relative to the component file, as the profiles' folder. */
  readonly project: string;
  readonly profilesFolder?: string | undefined;
  readonly profile?: string | undefined;
  readonly target?: string | undefined;
  readonly vars?: { readonly [name: string]: unknown } | undefined;
  readonly env: { readonly [name: string]: string };
  /** `auto`: where packages are named and not installed. */
  readonly installDeps: boolean | "auto";
  /** Path of dbt; `undefined` where there is none, which matters only when nothing is kept. */
  readonly dbt: string | undefined;
}

/** dbt could not make a manifest; the message is its own. */
export class DbtCallError extends Error {
  override readonly name = "DbtCallError";
  /** Whether dbt says that the project's files are wrong, and not what is around them. */
  get isLasting(): boolean {
    return /^(Compilation|Parsing|Dbt Project|Validation) Error/i.test(this.message);
  }
}

/** Nothing is kept, and there is no dbt that could be asked. */
export class DbtMissingError extends Error {
  override readonly name = "DbtMissingError";
  /** The component is built again once dbt is found. */
  readonly isLasting = true;
}

/**
 * Path of the manifest that `dbt parse` makes of the project as it is; `undefined` where none is kept and dbt may not be
 * called. Throws DbtCallError and DbtMissingError.
 */
export function parsedManifest(context: ComponentContext, project: ParsedProject): string | undefined {
  const state = stateOf(context, project);
  if (state === undefined) return undefined;
  return keptManifest(context, { project, state }, (path) => {
    withTarget(project, { context, path }, (target) => {
      callDbt(context, project, { command: ["parse"], target, variables: state.variables });
      keepManifest(target, path);
    });
  });
}

/**
 * Paths of the manifest and of the unique_ids, as JSON, that `dbt ls` gives for a selection; `undefined` as for
 * `parsedManifest`. Throws DbtCallError and DbtMissingError.
 */
export function listedManifest(
  context: ComponentContext,
  project: ParsedProject,
  selection: readonly string[],
): { readonly manifest: string; readonly ids: string } | undefined {
  const state = stateOf(context, project);
  if (state === undefined) return undefined;
  const ids = context.keptFile({
    name: `dbt-ls-${nameOf(project, selection)}`,
    madeOf: JSON.stringify([state.madeOf, selection]),
    make: (path) => {
      withTarget(project, { context, path }, (target) => {
        const command = ["--quiet", "ls", "--output", "json", "--output-keys", "unique_id", ...selection];
        const listed = callDbt(context, project, { command, target, variables: state.variables }).flatMap(
          (line) => {
            const event = parseDbtLog(line);
            return event?.type === "listed" ? [event.uniqueId] : [];
          },
        );
        keptManifest(context, { project, state }, (manifest) => keepManifest(target, manifest));
        writeFileSync(path, JSON.stringify(listed));
      });
    },
  });
  const manifest = parsedManifest(context, project);
  return ids === undefined || manifest === undefined ? undefined : { manifest, ids };
}

/** All that a manifest depends on, as text, with the values of the variables that the project's files name. */
interface ProjectState {
  readonly madeOf: string;
  readonly variables: { readonly [name: string]: string };
}

function stateOf(context: ComponentContext, project: ParsedProject): ProjectState | undefined {
  const { hash: filesHash, files } = projectFiles(context, project);
  const named = context.keptFile({
    name: `dbt-variables-${nameOf(project)}`,
    madeOf: filesHash,
    make: (path) => writeFileSync(path, JSON.stringify(namedVariables(files))),
  });
  if (named === undefined) return undefined;
  const variables: Record<string, string> = {};
  const told: Record<string, string> = {};
  for (const name of JSON.parse(readFileSync(named, "utf8")) as string[]) {
    const value = context.env(name);
    if (value === undefined) continue;
    variables[name] = value;
    // Secrets are for the profile, and no manifest depends on them.
    if (!name.startsWith("DBT_ENV_SECRET") && !isSecretVariable(name, undefined)) told[name] = value;
  }
  const { profile, target, vars, env } = project;
  return { madeOf: JSON.stringify([filesHash, told, profile, target, vars, env]), variables };
}

function namedVariables(files: readonly string[]): string[] {
  const names = new Set<string>();
  for (const file of files) {
    if (!/\.(sql|ya?ml|md|py)$/.test(file)) continue;
    for (const [, name] of readFileSync(file, "utf8").matchAll(/env_var\(\s*['"](\w+)['"]/g)) {
      names.add(name as string);
    }
  }
  return [...names].sort();
}

function keptManifest(
  context: ComponentContext,
  { project, state }: { readonly project: ParsedProject; readonly state: ProjectState },
  make: (path: string) => void,
): string | undefined {
  return context.keptFile({ name: `dbt-parse-${nameOf(project)}`, madeOf: state.madeOf, make });
}

/** Stays the same while the project's files change. */
function nameOf({ project, ...settings }: ParsedProject, selection: readonly string[] = []): string {
  const { profile, target, vars, env } = settings;
  return hash("sha256", JSON.stringify([project, profile, target, vars, env, selection])).slice(0, 16);
}

/** A folder for what dbt writes, with the state of the last parse, which saves dbt most of the next one. */
function withTarget(
  { project, dbt }: ParsedProject,
  { context, path }: { readonly context: ComponentContext; readonly path: string },
  work: (target: string) => void,
): void {
  if (dbt === undefined) throw new DbtMissingError("dbt is not installed");
  const target = mkdtempSync(join(tmpdir(), "dop-dbt-"));
  const state = join(target, "partial_parse.msgpack");
  const kept = join(dirname(dirname(path)), `${basename(dirname(path))}.msgpack`);
  const last = [kept, join(context.resolvePath(project), "target/partial_parse.msgpack")].find(existsSync);
  try {
    if (last !== undefined) copyFileSync(last, state);
    work(target);
    if (existsSync(state)) copyFileSync(state, kept);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

const longestCallMs = 15 * 60_000;
const longestOutputBytes = 512 * 1024 * 1024;

/** The lines that dbt printed. */
function callDbt(
  context: ComponentContext,
  project: ParsedProject,
  {
    command,
    target,
    variables,
  }: {
    readonly command: readonly string[];
    readonly target: string;
    readonly variables: ProjectState["variables"];
  },
): string[] {
  const folder = context.resolvePath(project.project);
  const run = (args: readonly string[]): string[] =>
    linesOf(project.dbt as string, args, { folder, env: { ...variables, ...project.env } });
  if (mustInstall(context, project)) {
    run(["deps", "--project-dir", folder, "--log-path", target, ...varsFlags(project)]);
  }
  const { profilesFolder, profile, target: output } = project;
  return run([
    ...command,
    ...["--project-dir", folder, "--target-path", target, "--log-path", target],
    ...(profilesFolder === undefined ? [] : ["--profiles-dir", context.resolvePath(profilesFolder)]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(output === undefined ? [] : ["--target", output]),
    ...varsFlags(project),
  ]);
}

function varsFlags({ vars }: ParsedProject): string[] {
  return vars === undefined ? [] : ["--vars", JSON.stringify(vars)];
}

function mustInstall(context: ComponentContext, { project, installDeps }: ParsedProject): boolean {
  if (installDeps !== "auto") return installDeps;
  const named = ["packages.yml", "dependencies.yml"].some((file) => context.exists(join(project, file)));
  return named && !existsSync(join(context.resolvePath(project), "dbt_packages"));
}

function linesOf(
  dbt: string,
  command: readonly string[],
  { folder, env }: { readonly folder: string; readonly env: { readonly [name: string]: string } },
): string[] {
  const args = ["--log-format", "json", "--log-level", "info", "--no-use-colors", ...command];
  const { status, stdout, stderr, error } = spawnSync(dbt, args, {
    cwd: folder,
    env: { ...process.env, ...env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false", PYTHONUNBUFFERED: "1" },
    encoding: "utf8",
    maxBuffer: longestOutputBytes,
    timeout: longestCallMs,
  });
  const lines = (stdout ?? "").split("\n");
  if (error === undefined && status === 0) return lines;
  throw new DbtCallError(
    error?.message ?? (errorsIn(lines) || lastWords(stderr) || `it ended with ${status}`),
  );
}

function errorsIn(lines: readonly string[]): string {
  const told = lines.flatMap((line) => {
    const event = line.startsWith("{") ? parseDbtLog(line) : undefined;
    return event?.type === "message" && event.level === "error" ? [event.message] : [];
  });
  return told
    .map((message) => message.replace(/^Encountered an error:\s*/, "").trim())
    .filter((message) => message !== "")
    .join("\n");
}

/** What a program that fell over wrote at its end. */
function lastWords(text: string): string {
  return text.trim().split("\n").slice(-5).join("\n");
}

/** Without what differs from call to call, so that equal projects have equal manifests. */
function keepManifest(target: string, path: string): void {
  const manifest = JSON.parse(readFileSync(join(target, "manifest.json"), "utf8")) as Tables;
  const { metadata, ...tables } = manifest;
  for (const name of [
    "generated_at",
    "invocation_id",
    "invocation_started_at",
    "run_started_at",
    "user_id",
  ]) {
    delete metadata?.[name];
  }
  for (const table of Object.values(tables)) {
    for (const entries of Object.values(table ?? {})) {
      for (const entry of [entries].flat()) {
        if (isPlainObject(entry) && typeof entry["created_at"] === "number") delete entry["created_at"];
      }
    }
  }
  writeFileSync(path, JSON.stringify(manifest));
}

type Tables = { readonly [table: string]: { [id: string]: unknown } | null | undefined };
