import { hash } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StepContext, StepError } from "#platform";
import { type DbtFolders, lengthOf, projectFlags } from "./invocation.ts";
import { makeProfile } from "./profiles.ts";
import { needsDeps } from "./run-deps.ts";
import { podProfiles, podTarget, runPod } from "./run-kubernetes.ts";
import { withLock } from "./run-lock.ts";
import {
  containerFolders,
  containerName,
  dockerCommand,
  type LocalFolders,
  localDbt,
  refuseUnfit,
} from "./run-places.ts";
import type { DbtProject } from "./run-project.ts";
import { DbtReport } from "./run-report.ts";
import { dbtScript, pythonOf, runnerOf } from "./run-runner.ts";

/** What takes the lines of dbt's log and gives what of each people read. */
export type ReadLine = (line: string) => string | undefined;

/** From when to when, in UTC without an offset. */
export interface Window {
  readonly start: string;
  readonly end: string;
}

/** The calls of one step share folders and a profile. */
export class DbtSession {
  readonly #step: StepContext;
  readonly #project: DbtProject;
  readonly folders: LocalFolders;
  readonly #env: { readonly [name: string]: string };
  #calls = 0;

  constructor(
    step: StepContext,
    project: DbtProject,
    { folders, env }: { folders: LocalFolders; env: { readonly [name: string]: string } },
  ) {
    this.#step = step;
    this.#project = project;
    this.folders = folders;
    this.#env = env;
  }

  /** dbt's exit code. */
  async call(
    { command, selection }: { readonly command: string; readonly selection: readonly string[] },
    window: Window | undefined,
    read: ReadLine,
  ): Promise<number> {
    const { execution } = this.#project;
    this.#calls++;
    const folders = this.#foldersInside();
    const flags = projectFlags(this.#project, command, { folders, window });
    const args = [...logFlags, ...command.split(" "), ...flags, ...selection];
    // What an earlier call has written is none of this one's.
    await rm(join(this.folders.target, "run_results.json"), { force: true });
    if (execution.type === "docker") return await this.#callDocker(args, read);
    if (execution.type === "kubernetes") return await this.#callPod(args, read);
    return await this.#callLocal(args, read);
  }

  /** Installs packages, one process at a time for a project. */
  async installDeps(): Promise<void> {
    const { folder, profile, target, vars } = this.#project;
    const { profiles } = this.#foldersInside();
    const lock = join(this.#step.dataFolder, "dbt", `deps-${hash("sha1", folder)}.lock`);
    await withLock(lock, this.#step.signal, async () => {
      // Another run may have done it meanwhile.
      if (!(await needsDeps(this.#project))) return;
      const messages: string[] = [];
      const args = [
        ...[...logFlags, "deps", "--project-dir", this.#foldersInside().project],
        ...(profiles === undefined ? [] : ["--profiles-dir", profiles]),
        ...(profile === undefined ? [] : ["--profile", profile]),
        ...(target === undefined ? [] : ["--target", target]),
        ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
      ];
      const report = new DbtReport(this.#step, { assets: new Map(), checks: new Map(), tests: false });
      report.begin(undefined);
      const exitCode = await this.#callLocal(args, (line) => {
        const text = report.read(line);
        if (text !== undefined) messages.push(text);
        return text;
      });
      if (exitCode === 0) return;
      throw new StepError(`dbt deps failed: ${messages.slice(-5).join("\n")}`, { retry: "later" });
    });
  }

  #foldersInside(): DbtFolders {
    const { execution } = this.#project;
    if (execution.type === "docker") return containerFolders(this.folders, execution.settings.project_dir);
    if (execution.type !== "kubernetes") return this.folders;
    return {
      project: execution.settings.project_dir,
      target: podTarget,
      ...(this.folders.profiles === undefined ? {} : { profiles: podProfiles }),
    };
  }

  async #callLocal(args: readonly string[], read: ReadLine): Promise<number> {
    const { execution, invocationMode, folder } = this.#project;
    const step = this.#step;
    const dbt = await localDbt(execution, step);
    const env = this.#env;
    const python = pythonOf(dbt);
    if (invocationMode === "runner" && python !== undefined && (await runnerOf(python).isReady())) {
      return await runnerOf(python).call(
        {
          args,
          env: {
            ...env,
            DOP_PROJECT_ROOT: step.projectRoot,
            DOP_DATA_FOLDER: step.dataFolder,
            DOP_RUN_ID: step.runId,
          },
          cwd: folder,
        },
        {
          signal: step.signal,
          graceMs: 20_000,
          onLine: (stream, line) => {
            const text = stream === "stdout" ? read(line) : line;
            // Into the step's captured output.
            if (text !== undefined) process[stream].write(`${text}\n`);
          },
        },
      );
    }
    if (invocationMode === "runner") step.log.info(`${dbt} cannot be kept running: each call is a process`);
    const long = lengthOf(args) > longestLine;
    if (long && python === undefined) {
      throw new StepError(
        "the selection is longer than a command line and this dbt takes it in no other way",
        {
          retry: "never",
        },
      );
    }
    const { exitCode } = await step.subprocess(
      long ? (python as string) : dbt,
      long ? [dbtScript, "once", await this.#argumentFile(args)] : args,
      { cwd: folder, env, allowFailure: true, stdoutText: read },
    );
    return exitCode;
  }

  async #argumentFile(args: readonly string[]): Promise<string> {
    const file = join(this.folders.target, `arguments-${this.#calls}.json`);
    await writeFile(file, JSON.stringify(args), { mode: 0o600 });
    return file;
  }

  async #callDocker(args: readonly string[], read: ReadLine): Promise<number> {
    const { execution } = this.#project;
    if (execution.type !== "docker") throw new Error("dbt was to run elsewhere");
    const owner = [process.getuid?.(), process.getgid?.()];
    const made = dockerCommand(args, {
      settings: execution.settings,
      folders: this.folders,
      env: this.#env,
      name: containerName(this.#step, this.#calls),
      user: owner.includes(undefined) ? undefined : owner.join(":"),
    });
    const { exitCode } = await this.#step.subprocess(made.command, made.args, {
      env: made.env,
      allowFailure: true,
      stdoutText: read,
    });
    return exitCode;
  }

  async #callPod(args: readonly string[], read: ReadLine): Promise<number> {
    const { execution } = this.#project;
    if (execution.type !== "kubernetes") throw new Error("dbt was to run elsewhere");
    const { profiles, target } = this.folders;
    return await runPod(
      this.#step,
      {
        settings: execution.settings,
        name: containerName(this.#step, this.#calls),
        args,
        env: this.#env,
        profiles: profiles === undefined ? undefined : await readFile(join(profiles, "profiles.yml"), "utf8"),
        labels: { "dop/run": this.#step.runId },
      },
      { folder: target, read },
    );
  }
}

/** The file of dbt's own log would say the same again. */
const logFlags = [
  ...["--log-format", "json", "--log-level", "debug", "--log-level-file", "none", "--no-use-colors"],
];

/** Characters that a command line may have everywhere but on Windows. */
const longestLine = process.platform === "win32" ? 30_000 : 100_000;

/** Opens a session, and leaves nothing of it behind but the parse state. */
export async function inSession<T>(
  step: StepContext,
  project: DbtProject,
  work: (session: DbtSession) => Promise<T>,
): Promise<T> {
  refuseUnfit(project);
  const name = `${step.runId}-${step.attempt}-${step.step.name.replaceAll(/\W/g, "_")}-${process.hrtime.bigint()}`;
  const target = join(step.dataFolder, "dbt", name);
  const parsed = join(step.dataFolder, "dbt", "parsed", `${hash("sha1", parseKey(project))}.msgpack`);
  let secret: string | undefined;
  try {
    await mkdir(target, { recursive: true });
    const profile = project.connection === undefined ? undefined : profileOf(project, project.connection);
    if (profile !== undefined) {
      secret = await mkdtemp(join(tmpdir(), "dop-dbt-"));
      await writeFile(join(secret, "profiles.yml"), profile.text, { mode: 0o600 });
    }
    const profiles = secret ?? project.profilesFolder;
    const folders: LocalFolders = {
      project: project.folder,
      target,
      ...(profiles === undefined ? {} : { profiles }),
      ...(project.stateFolder === undefined ? {} : { state: project.stateFolder }),
    };
    await takeParsed(project, { parsed, target });
    const env = { ...project.env, ...profile?.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false" };
    const named =
      profile === undefined ? project : { ...project, profile: madeProfile, target: targetOf(project) };
    const result = await work(new DbtSession(step, named, { folders, env }));
    await keepParsed({ parsed, target });
    return result;
  } finally {
    if (secret !== undefined) await rm(secret, { recursive: true, force: true });
    await rm(target, { recursive: true, force: true });
  }
}

const madeProfile = "dop";

function targetOf({ target = "dop" }: DbtProject): string {
  return target;
}

function profileOf(project: DbtProject, connection: NonNullable<DbtProject["connection"]>) {
  const { output, threads } = project;
  return makeProfile(connection, {
    profile: madeProfile,
    target: targetOf(project),
    ...(output === undefined ? {} : { over: output }),
    ...(threads === undefined ? {} : { threads }),
  });
}

/** What dbt's parse state is of: with another it parses anew. */
function parseKey({ folder, profile, target, profilesFolder, connection, execution }: DbtProject): string {
  return JSON.stringify([folder, profile, target, profilesFolder, connection?.type, execution.type]);
}

const parseState = "partial_parse.msgpack";

/** Each call writes its own parse state, so that two at once do not spoil it for each other. */
async function takeParsed(
  { folder }: DbtProject,
  { parsed, target }: { parsed: string; target: string },
): Promise<void> {
  const from = existsSync(parsed) ? parsed : join(folder, "target", parseState);
  // Without the file dbt parses everything, and that is all.
  await copyFile(from, join(target, parseState), constants.COPYFILE_FICLONE).catch(() => undefined);
}

async function keepParsed({ parsed, target }: { parsed: string; target: string }): Promise<void> {
  await mkdir(join(parsed, ".."), { recursive: true });
  await rename(join(target, parseState), parsed).catch(() => undefined);
}
