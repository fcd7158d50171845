import { createHash } from "node:crypto";
import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import { type JoinedDefinitions, joinedDefinitions } from "../graph/joined-definitions.ts";
import type { DefinitionsSource } from "./definitions-source.ts";
import { InstanceError } from "./instance-error.ts";
import { joinedProblems, type ProjectProblem } from "./joined-problems.ts";
import type { ProjectMember } from "./project-member.ts";

/** The definitions of several projects as one snapshot, in which files begin with the name of their project. */
export interface JoinedSource extends DefinitionsSource {
  /** Of what is loaded now; `undefined` while nothing is. */
  join(): Joined | undefined;
}

export interface Joined extends JoinedDefinitions {
  readonly snapshot: DefinitionsSnapshot;
  /** Problems that only the projects together have; their places are in files of one of them. */
  readonly problems: readonly ProjectProblem[];
}

export function joinedSource(members: readonly ProjectMember[]): JoinedSource {
  let last:
    | { readonly from: readonly (DefinitionsSnapshot | undefined)[]; readonly joined: Joined }
    | undefined;
  const join = (): Joined | undefined => {
    const from = members.map(({ instance }) => instance.definitions.current());
    if (from.every((one) => one === undefined)) return undefined;
    if (last === undefined || last.from.some((one, place) => one !== from[place]))
      last = { from, joined: joined(members, from) };
    return last.joined;
  };
  const failure = () => {
    for (const { name, instance } of members) {
      const found = instance.definitions.failure();
      if (found !== undefined) return { ...found, message: `${name}: ${found.message}` };
    }
    return undefined;
  };
  return {
    join,
    // All of them or what is left of them, not those that happened to be the first.
    current: () => (isSettled(members) ? join()?.snapshot : undefined),
    async ready() {
      await Promise.allSettled(members.map(({ instance }) => instance.definitions.ready()));
      const found = join();
      if (found !== undefined) return found.snapshot;
      throw new InstanceError(
        "no-definitions",
        `the definitions could not be loaded: ${failure()?.message ?? "no project has any"}`,
      );
    },
    failure,
    async reload() {
      await Promise.all(members.map(({ instance }) => instance.definitions.reload()));
    },
    subscribe(listener) {
      let before = join()?.snapshot;
      const ends = members.map(({ name, instance }) =>
        instance.definitions.subscribe((change) => {
          const now = join()?.snapshot;
          if (change.type === "failed" || now === undefined) {
            listener(change);
            return;
          }
          const changed = change.loaded.changed.map((file) => `${name}/${file}`);
          listener({ type: "loaded", loaded: { ...change.loaded, snapshot: now, changed }, before });
          before = now;
        }),
      );
      return () => {
        for (const end of ends) end();
      };
    },
    async [Symbol.asyncDispose]() {},
  };
}

/** Whether each has been loaded, or has failed to. */
function isSettled(members: readonly ProjectMember[]): boolean {
  return members.every(
    ({ instance: { definitions } }) => (definitions.current() ?? definitions.failure()) !== undefined,
  );
}

function joined(
  members: readonly ProjectMember[],
  from: readonly (DefinitionsSnapshot | undefined)[],
): Joined {
  const known = members.flatMap(({ name }, place) => {
    const snapshot = from[place];
    return snapshot === undefined ? [] : [{ name, snapshot }];
  });
  const definitions = joinedDefinitions(
    known.map(({ name, snapshot }) => ({ name, definitions: snapshot.definitions })),
  );
  const problems = joinedProblems(definitions, known);
  return {
    ...definitions,
    problems,
    snapshot: {
      schema: "dop.snapshot/1",
      id: createHash("sha256")
        .update(known.map(({ name, snapshot }) => `${name} ${snapshot.id}`).join("\n"))
        .digest("hex"),
      environment: [...new Set(known.map(({ snapshot }) => snapshot.environment))].join(", "),
      definitions: definitions.definitions,
      components: known.flatMap(({ name, snapshot }) =>
        snapshot.components.map((one) => ({
          ...one,
          name: `${name}/${one.name}`,
          file: `${name}/${one.file}`,
        })),
      ),
      sources: known.flatMap(({ name, snapshot }) =>
        snapshot.sources.map((one) => ({ ...one, file: `${name}/${one.file}` })),
      ),
      problems: [
        ...known.flatMap(({ name, snapshot }) =>
          snapshot.problems.map((problem) => problemIn(name, problem)),
        ),
        ...problems.map(({ project, problem }) => problemIn(project, problem)),
      ],
    },
  };
}

/** With files that begin with the name of the project. */
function problemIn(project: string, problem: Problem): Problem {
  return { ...problem, span: { ...problem.span, file: `${project}/${problem.span.file}` } };
}
