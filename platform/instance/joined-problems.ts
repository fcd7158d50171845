import type { Asset, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Problem } from "../core/problem.ts";
import { type Span, startOf } from "../core/span.ts";
import { buildAdjacency, findCycles } from "../graph/adjacency.ts";
import type { JoinedDefinitions } from "../graph/joined-definitions.ts";
import { placeOf } from "../graph/place.ts";

/** A problem with the project in which its place is; related places begin with the name of theirs. */
export interface ProjectProblem {
  readonly project: string;
  readonly problem: Problem;
}

export interface NamedSnapshot {
  readonly name: string;
  readonly snapshot: DefinitionsSnapshot;
}

/** What is wrong with projects together that is not wrong with any of them: one key made twice, and circles. */
export function joinedProblems(
  joined: JoinedDefinitions,
  projects: readonly NamedSnapshot[],
): ProjectProblem[] {
  const assets = new Map(
    projects.map(({ name, snapshot }) => [
      name,
      new Map(snapshot.definitions.assets.map((asset) => [asset.key as string, asset])),
    ]),
  );
  const spanIn = (project: string, key: string, field?: string): Span =>
    spanOf(assets.get(project)?.get(key), field);
  const duplicates = joined.contested.flatMap(({ key, projects: [first = "", ...others] }) =>
    others.map((project): ProjectProblem => {
      const span = spanIn(first, key);
      return {
        project,
        problem: {
          code: "duplicate-asset",
          severity: "error",
          message: `the projects \`${first}\` and \`${project}\` both make the asset \`${key}\``,
          hint: `together that of \`${first}\` counts; give one of them another key, such as by a \`key_prefix\` of the environment`,
          span: spanIn(project, key),
          related: [
            { span: { ...span, file: `${first}/${span.file}` }, message: `\`${first}\` makes it here` },
          ],
        },
      };
    }),
  );
  return [...duplicates, ...circles(joined, spanIn)];
}

function circles(
  { definitions, projectOf }: JoinedDefinitions,
  spanIn: (project: string, key: string, field?: string) => Span,
): ProjectProblem[] {
  const keys = definitions.assets.map(({ key }) => key);
  const numbers = new Map(keys.map((key, number) => [key, number]));
  const adjacency = buildAdjacency(keys.length, (node) =>
    (definitions.assets[node] as Asset).deps.flatMap((dep) => numbers.get(dep) ?? []),
  );
  return findCycles(adjacency).map(({ way }): ProjectProblem => {
    const round = way.map((node) => ({
      key: keys[node] as string,
      project: projectOf(keys[node] as string) ?? "",
    }));
    const first = round[0] as (typeof round)[number];
    return {
      project: first.project,
      problem: {
        code: "asset-cycle",
        severity: "error",
        message: `assets of several projects depend on each other in a circle: ${[...round, first].map(({ key, project }) => `\`${key}\` (${project})`).join(" ← ")}`,
        span: spanIn(first.project, first.key, "deps"),
        related: round.slice(1).map(({ key, project }) => {
          const span = spanIn(project, key, "deps");
          return { span: { ...span, file: `${project}/${span.file}` }, message: `\`${key}\` is part of it` };
        }),
      },
    };
  });
}

function spanOf(asset: Asset | undefined, field: string | undefined): Span {
  if (asset === undefined) return startOf("package.json");
  const place = asset.codeReferences?.[0]?.file;
  if (asset.component === undefined && place === undefined) return startOf("package.json");
  return placeOf(asset, asset.component ?? { file: place as string, document: 1, type: "" }, field);
}
