import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type StepContext, StepError } from "#platform";
import { toolPath } from "../tool-path.ts";
import type { DbtFolders } from "./invocation.ts";
import { withLock } from "./run-lock.ts";
import type { DbtProject, DockerSettings, Execution } from "./run-project.ts";

/** A command with what it needs. */
export interface DbtCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: { readonly [name: string]: string };
}

/** Folders of this machine that a call of dbt reads and writes. */
export interface LocalFolders extends DbtFolders {
  /** Written by dbt alone. */
  readonly target: string;
}

/** dbt of this machine: the project's own or that of a virtual environment, which is made where it is missing. */
export async function localDbt(execution: Execution, step: StepContext): Promise<string> {
  if (execution.type !== "venv") return toolPath(step.projectRoot, "dbt");
  if ("folder" in execution) return binOf(execution.folder, "dbt");
  const { requirements } = execution;
  const name = hash("sha256", requirements.join("\n")).slice(0, 16);
  const folder = join(step.dataFolder, "dbt", "venvs", name);
  const done = join(folder, "dop-ready");
  await mkdir(join(step.dataFolder, "dbt", "venvs"), { recursive: true });
  await withLock(`${folder}.lock`, step.signal, async () => {
    if (existsSync(done)) return;
    step.log.info(`installing ${requirements.join(", ")}`);
    await step.subprocess("python3", ["-m", "venv", "--clear", folder]);
    const pip = ["-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"];
    await step.subprocess(binOf(folder, "python"), [...pip, ...requirements]);
    await writeFile(done, `${requirements.join("\n")}\n`);
  });
  return binOf(folder, "dbt");
}

function binOf(venv: string, name: string): string {
  return process.platform === "win32" ? join(venv, "Scripts", `${name}.exe`) : join(venv, "bin", name);
}

/** Folders as a container sees them. */
export function containerFolders(folders: LocalFolders, projectFolder: string | undefined): DbtFolders {
  return {
    project: projectFolder ?? "/dop/project",
    target: "/dop/target",
    ...(folders.profiles === undefined ? {} : { profiles: "/dop/profiles" }),
    ...(folders.state === undefined ? {} : { state: "/dop/state" }),
  };
}

/**
 * `docker run` of dbt. Values of variables are told by the client's environment, so that none stands in the list of
 * processes. The container is removed at its end and is interrupted with the client.
 */
export function dockerCommand(
  args: readonly string[],
  {
    settings,
    folders,
    env,
    name,
    user,
  }: {
    settings: DockerSettings;
    folders: LocalFolders;
    env: { readonly [name: string]: string };
    name: string;
    /** `uid:gid` that owns what is written to the target folder. */
    user: string | undefined;
  },
): Omit<DbtCommand, "cwd"> {
  const {
    image,
    command = "docker",
    project_dir,
    network,
    volumes = [],
    pass_env = [],
    args: further = [],
  } = settings;
  const inside = containerFolders(folders, project_dir);
  const mounts = [
    ...(project_dir === undefined ? [`${folders.project}:${inside.project}`] : []),
    `${folders.target}:${inside.target}`,
    ...(folders.profiles === undefined ? [] : [`${folders.profiles}:${inside.profiles}:ro`]),
    ...(folders.state === undefined ? [] : [`${folders.state}:${inside.state}:ro`]),
    ...volumes,
  ];
  return {
    command,
    env,
    args: [
      ...["run", "--rm", "--init", "--name", name],
      ...(user === undefined ? [] : ["--user", user]),
      ...(network === undefined ? [] : ["--network", network]),
      ...mounts.flatMap((mount) => ["--volume", mount]),
      ...[...Object.keys(env), ...pass_env].flatMap((variable) => ["--env", variable]),
      ...["--workdir", inside.project, ...further, "--entrypoint", "dbt", image, ...args],
    ],
  };
}

/** A name that Docker and Kubernetes take. */
export function containerName(step: Pick<StepContext, "runId" | "attempt" | "step">, call: number): string {
  const name = step.step.name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 20);
  return `dop-${step.runId.slice(-12)}-${step.attempt}-${call}-${name}`.replace(/-+$/, "");
}

/** Whether the project may be run there as it is asked for. */
export function refuseUnfit({ execution, stateFolder }: DbtProject): void {
  if (execution.type === "kubernetes" && stateFolder !== undefined) {
    throw new StepError(
      "`state` cannot be handed to a pod: put the manifest into the image and name it in `args`",
      {
        retry: "never",
      },
    );
  }
}
