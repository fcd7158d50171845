import { readFileSync } from "node:fs";
import { basename, join, relative } from "node:path";
import type { Storage } from "../storage/storage.ts";
import type { AbsentProject, AbsentProjects } from "./absent-projects.ts";
import type { Instance } from "./instance.ts";
import { InstanceError } from "./instance-error.ts";
import { joinedInstance } from "./joined-instance.ts";
import type { ProjectProblem } from "./joined-problems.ts";
import { joinedSource } from "./joined-source.ts";
import { createJoinedStaleness, keptJoin, type NeighbourSource } from "./joined-staleness.ts";
import { createNeighbourUpdates } from "./neighbour-updates.ts";
import { type OpenInstanceOptions, openInstance, type ProjectNeighbours } from "./open-instance.ts";
import type { ProjectMember } from "./project-member.ts";

/** Several projects as one. Disposing closes all. */
export interface Projects extends AsyncDisposable {
  /** In the order in which they were named. */
  readonly members: readonly ProjectMember[];
  /** All of them: one graph, and of runs and files each where it is kept. */
  readonly joined: Instance;
  /** Those that no project has alone. */
  problems(): readonly ProjectProblem[];
}

export interface OpenProjectsOptions extends Pick<OpenInstanceOptions, "environment" | "watch" | "now"> {
  /** Absolute, each another one. */
  readonly roots: readonly string[];
  /** Opens one project; `openInstance` unless given. */
  open?(options: OpenInstanceOptions): Promise<Instance>;
  onOutput?(project: string, line: string): void;
}

/**
 * Opens several projects, each with its own records and code host, so that a dep by key is found wherever it is defined.
 * A project whose definitions do not load does not keep the others from working.
 *
 * Throws InstanceError `invalid-request` where two have one name, and what `openInstance` throws: a project that cannot
 * be opened at all, such as one that is served elsewhere, was named for nothing.
 */
export async function openProjects(options: OpenProjectsOptions): Promise<Projects> {
  const { roots, open = openInstance, onOutput = () => {}, now = () => Temporal.Now.instant() } = options;
  const { environment, watch } = options;
  const named = namedRoots(roots);
  await using opening = new AsyncDisposableStack();
  const connected = new Map<string, Connected>();
  const opened = new Map<string, Instance>();
  const sources = (): NeighbourSource[] =>
    named.flatMap(({ name }) => {
      const own = connected.get(name);
      if (own === undefined) return [];
      return [{ name, storage: own.storage, current: () => opened.get(name)?.definitions.current() }];
    });
  const staleness = createJoinedStaleness(sources, now);
  for (const { name, root } of named) {
    const neighbours: ProjectNeighbours = {
      connect(own) {
        connected.set(name, own);
        return staleness.sourceOf(name);
      },
    };
    const instance = opening.use(
      await open({
        root,
        watch,
        now,
        neighbours,
        ...(environment === undefined ? {} : { environment }),
        onOutput: (_stream, line) => onOutput(name, line),
      }),
    );
    opened.set(name, instance);
  }
  const members = Array.from(opened, ([name, instance]): ProjectMember => ({ name, instance }));
  for (const stop of members.map((member) => rememberOrigins(member, members, connected)))
    opening.defer(stop);
  const neighbours = members.flatMap((member) => {
    const own = connected.get(member.name);
    return own === undefined ? [] : [{ ...member, storage: own.storage }];
  });
  opening.use(createNeighbourUpdates(neighbours, now));
  const definitions = joinedSource(members);
  const closing = opening.move();
  return {
    members,
    joined: joinedInstance(members, { definitions, staleness }),
    problems: () => definitions.join()?.problems ?? [],
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  };
}

interface Connected {
  readonly storage: Storage;
  readonly absent: AbsentProjects;
}

/** The name that a project goes by: that of its package.json, else that of its folder. */
export function projectName(root: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { name?: unknown };
    if (typeof name === "string" && name !== "") return name;
  } catch {
    // What is wrong with package.json is told where the definitions are loaded.
  }
  return basename(root);
}

function namedRoots(roots: readonly string[]): { readonly name: string; readonly root: string }[] {
  const named = new Map<string, string>();
  for (const root of new Set(roots)) {
    const name = projectName(root);
    const other = named.get(name);
    if (other !== undefined) {
      throw new InstanceError(
        "invalid-request",
        `the projects in ${other} and ${root} are both called \`${name}\``,
        "a project is called what `name` in its package.json says",
      );
    }
    named.set(name, root);
  }
  return Array.from(named, ([name, root]) => ({ name, root }));
}

/** Keeps in each project which of the others define what it depends on, so that it can name them when it is alone. */
function rememberOrigins(
  member: ProjectMember,
  members: readonly ProjectMember[],
  connected: ReadonlyMap<string, Connected>,
): () => void {
  const join = keptJoin();
  const absent = connected.get(member.name)?.absent;
  const remember = async (): Promise<void> => {
    const own = member.instance.definitions.current();
    if (own === undefined || absent === undefined) return;
    const known = members.flatMap(({ name, instance }) => {
      const snapshot = instance.definitions.current();
      return snapshot === undefined ? [] : [{ name, snapshot }];
    });
    const { projectOf } = join(known);
    const seen = new Map<string, AbsentProject>();
    for (const { key } of own.definitions.assets) {
      const owner = projectOf(key);
      const root = members.find(({ name }) => name === owner)?.instance.root;
      if (owner === undefined || root === undefined || owner === member.name) continue;
      seen.set(key, { name: owner, folder: relative(member.instance.root, root) });
    }
    await absent.remember(own, seen);
  };
  const { log } = member.instance;
  const tell = () => {
    remember().catch((error: unknown) =>
      log.error("the projects of deps could not be kept", { err: { message: String(error) } }),
    );
  };
  tell();
  const ends = members.map(({ instance }) => instance.definitions.subscribe(tell));
  return () => {
    for (const end of ends) end();
  };
}
