import type {
  AssetDetailView,
  AssetStateView,
  AssetView,
  ComponentView,
  ProblemView,
} from "../core/views.ts";
import type { Staleness } from "../graph/staleness.ts";
import { stalenessView } from "../graph/staleness-view.ts";
import { withStaleness } from "./catalog.ts";
import { problemView } from "./check-report.ts";
import type { Catalog } from "./instance.ts";
import type { JoinedSource } from "./joined-source.ts";
import type { JoinedStaleness } from "./joined-staleness.ts";
import type { ProjectMember } from "./project-member.ts";

export interface JoinedCatalogOptions {
  readonly definitions: JoinedSource;
  readonly staleness: JoinedStaleness;
}

/** Beyond so many ranges a set of partitions is only counted. */
const listedRanges = 20;

/** What is defined and remembered in any of the projects, each asset as its own project tells it. */
export function joinedCatalog(
  members: readonly ProjectMember[],
  { definitions, staleness }: JoinedCatalogOptions,
): Catalog {
  /** Those whose definitions are loaded; the others have nothing to tell but problems of loading. */
  const loaded = () => members.filter(({ instance }) => instance.definitions.current() !== undefined);
  const ownerOf = (key: string): ProjectMember | undefined => {
    const owner = definitions.join()?.projectOf(key);
    return members.find(({ name }) => name === owner);
  };
  const shown = (view: AssetView, known: Staleness): AssetView => {
    const { absent_project: absent, ...plain } = withStaleness(view, known);
    const owner = ownerOf(view.key)?.name;
    return {
      ...plain,
      ...(owner === undefined ? {} : { project: owner }),
      // One that is open and defines it no more is not absent.
      ...(absent === undefined || members.some(({ name }) => name === absent.name)
        ? {}
        : { absent_project: absent }),
    };
  };
  /** Of each key the answer of its owner, or of the first that has one. */
  const gathered = async <T extends { readonly key: string }>(
    ask: (catalog: Catalog) => Promise<readonly T[]>,
  ): Promise<T[]> => {
    const all = await Promise.all(
      loaded().map(async ({ name, instance }) => ({ name, found: await ask(instance.catalog) })),
    );
    const byKey = new Map<string, T>();
    for (const { name, found } of all)
      for (const one of found)
        if (!byKey.has(one.key) || ownerOf(one.key)?.name === name) byKey.set(one.key, one);
    return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  };
  return {
    snapshot: () => definitions.ready(),
    async report() {
      const reports = await Promise.all(
        loaded().map(async ({ name, instance }) => ({ name, report: await instance.catalog.report() })),
      );
      const joint = (definitions.join()?.problems ?? []).map(
        ({ project, problem }): ProblemView => ({ ...problemView(problem), project }),
      );
      const problems = [
        ...reports.flatMap(({ name, report }) => report.problems.map((one) => ({ ...one, project: name }))),
        ...joint,
      ];
      const errors = problems.filter(({ severity }) => severity === "error").length;
      return {
        schema: "dop.check/1",
        summary: {
          files: sum(reports.map(({ report }) => report.summary.files)),
          documents: sum(reports.map(({ report }) => report.summary.documents)),
          assets: definitions.current()?.definitions.assets.length ?? 0,
          errors,
          warnings: problems.length - errors,
        },
        problems,
      };
    },
    async components() {
      const all = await Promise.all(
        loaded().map(async ({ name, instance }) =>
          (await instance.catalog.components()).map((one): ComponentView => ({ ...one, project: name })),
        ),
      );
      return all.flat();
    },
    async assets() {
      const [views, known] = await Promise.all([gathered((catalog) => catalog.assets()), staleness.read()]);
      return views.map((view) => shown(view, known));
    },
    async assetStates(keys) {
      const [states, known] = await Promise.all([
        gathered((catalog) => catalog.assetStates(keys)),
        staleness.read(),
      ]);
      return states.map((state): AssetStateView => {
        const found = known.of(state.key);
        return {
          ...state,
          staleness: found === undefined ? null : stalenessView(found, { ranges: listedRanges }),
        };
      });
    },
    async asset(key): Promise<AssetDetailView | undefined> {
      const owner = ownerOf(key);
      for (const { instance } of owner === undefined ? loaded() : [owner]) {
        const detail = await instance.catalog.asset(key);
        if (detail !== undefined) return { ...detail, asset: shown(detail.asset, await staleness.read()) };
      }
      return undefined;
    },
  };
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
