import { specsOf } from "./component/loaded-specs.ts";
import type { AssetSpec } from "./core/asset.ts";
import type { DefinitionsSnapshot } from "./core/definitions-snapshot.ts";
import { type Definitions, joinDefinitions } from "./define/definitions.ts";
import { type Definable, definitions } from "./define/definitions-of.ts";
import { isResourceDefinition, type ResourceDefinition, resource } from "./define/resource.ts";
import { mergeProject } from "./graph/merge-definitions.ts";

const file = "test.ts";

/** Instances by key, or definitions, which then open and close them. */
export type GivenResources = { readonly [key: string]: unknown };

/** The given definitions as one: resources that are given stand for those of the same key. */
export function testDefinitions(
  parts: readonly Definable[],
  resources: GivenResources,
): Required<Definitions> {
  const joined = joinDefinitions([definitions(...parts)]);
  const given = Object.entries(resources).map(
    ([key, value]): ResourceDefinition =>
      isResourceDefinition(value) ? value : resource(key, { create: () => value }),
  );
  const keys = new Set(given.map(({ spec }) => spec.key));
  return { ...joined, resources: [...joined.resources.filter(({ spec }) => !keys.has(spec.key)), ...given] };
}

/**
 * The snapshot of definitions, merged as a project's are. Every asset is stored by the IO manager `io`. Throws an Error
 * that tells all problems; pools need no limit.
 */
export function testSnapshot(
  code: Required<Definitions>,
  { io, environment }: { readonly io: string; readonly environment: string },
): DefinitionsSnapshot {
  const specs = specsOf(code, () => ({ file, line: 1 }));
  const pools = [...specs.assets, ...specs.steps, ...specs.resources].flatMap((spec) => [
    ...("pool" in spec && spec.pool !== undefined ? [spec.pool] : []),
    ...("pools" in spec ? (spec.pools ?? []) : []),
  ]);
  const limited = new Set(specs.pools.map(({ name }) => name));
  const unlimited = [...new Set(pools)].filter((name) => !limited.has(name));
  const { snapshot, problems } = mergeProject({
    environment,
    io,
    pools: unlimited.map((name) => ({ name, limit: Number.MAX_SAFE_INTEGER })),
    rules: {},
    sources: [],
    problems: [],
    components: [
      {
        ...{ file, document: 1, type: "typescript", name: "test", folder: ".", line: 1 },
        ...{ enabled: true, status: "ready", needs: [], tools: [], variables: [], hash: "" },
        specs: { ...specs, assets: specs.assets.map(withoutIo), ioManagers: [io] },
        patches: code.patches,
      },
    ],
  });
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) {
    throw new Error(
      errors
        .map(
          ({ code: problem, message, hint }) =>
            `${problem}: ${message}${hint === undefined ? "" : ` (${hint})`}`,
        )
        .join("\n"),
    );
  }
  return snapshot;
}

function withoutIo({ io: _io, ...spec }: AssetSpec): AssetSpec {
  return spec;
}
