import { type AssetKey, checkKey, parseAssetKey } from "../core/asset-key.ts";
import type { CodeReference } from "../core/code-reference.ts";
import type { LoadedSpecs } from "../core/loaded-project.ts";
import { isPlainObject, secretMask } from "../core/secret.ts";
import type { StepSpec } from "../core/step.ts";
import type { Definitions } from "../define/definitions.ts";

export const emptySpecs: LoadedSpecs = {
  assets: [],
  checks: [],
  steps: [],
  resources: [],
  ioManagers: [],
  hooks: [],
  jobs: [],
  schedules: [],
  sensors: [],
  pools: [],
};

interface Referring {
  readonly codeReferences?: readonly CodeReference[];
}

/** The data of definitions, each with a reference to where it was written in front of those that it has. */
export function specsOf(
  definitions: Definitions,
  place: (exportedKey: string) => CodeReference,
): LoadedSpecs {
  const placed = <T extends Referring>(spec: T, key: string): T => {
    const own = spec.codeReferences ?? [];
    const here = place(key);
    const isThere = own.some(({ file, line }) => file === here.file && line === here.line);
    return isThere ? spec : { ...spec, codeReferences: [here, ...own] };
  };
  const ioManagerPools = (definitions.ioManagers ?? []).flatMap(({ name, pools }) =>
    pools === undefined ? [] : [{ name, pools }],
  );
  return {
    assets: (definitions.assets ?? []).map((spec) => placed(spec, spec.key)),
    checks: (definitions.checks ?? []).map((spec) =>
      placed(spec, checkKey(spec.asset as AssetKey, spec.name)),
    ),
    steps: (definitions.steps ?? []).map(stepSpec),
    resources: (definitions.resources ?? []).map(({ spec }) => placed(spec, spec.key)),
    ioManagers: (definitions.ioManagers ?? []).map(({ name }) => name),
    ...(ioManagerPools.length === 0 ? {} : { ioManagerPools }),
    hooks: (definitions.hooks ?? []).map(({ spec }) => placed(spec, spec.name)),
    jobs: (definitions.jobs ?? []).map((spec) => placed(spec, spec.name)),
    schedules: (definitions.schedules ?? []).map((spec) => placed(spec, spec.name)),
    sensors: (definitions.sensors ?? []).map((spec) => placed(spec, spec.name)),
    ...(definitions.conditions === undefined || definitions.conditions.length === 0
      ? {}
      : { conditions: definitions.conditions.map(({ spec }) => placed(spec, spec.name)) }),
    pools: definitions.pools ?? [],
  };
}

const stepFields = [
  ...["name", "assets", "checks", "canSubset", "execution", "description", "resources", "graph"],
  ...["inputs", "outputs", "mapOver", "configSchema", "pool", "poolSlots", "pools", "retryPolicy"],
  ...["timeoutSeconds", "priority", "isolation", "hooks", "tags"],
] as readonly (keyof StepSpec)[];

/** A step without its code; a component may have left out what has a usual value. */
function stepSpec(step: StepSpec): StepSpec {
  const spec: Record<string, unknown> = { canSubset: false, execution: "materialize", resources: [] };
  for (const field of stepFields) if (step[field] !== undefined) spec[field] = step[field];
  return spec as unknown as StepSpec;
}

/** What is wrong with the names of specs that code made: keys that are none, and secrets that would be shown. */
export function wrongNames(
  specs: LoadedSpecs,
): { code: "invalid-asset-key" | "secret-in-name"; message: string }[] {
  const wrong: { code: "invalid-asset-key" | "secret-in-name"; message: string }[] = [];
  for (const spec of specs.assets) {
    const parsed =
      typeof spec.key === "string" ? parseAssetKey(spec.key) : { reason: "an asset key is text" };
    if ("reason" in parsed) {
      wrong.push({
        code: "invalid-asset-key",
        message: `the component made an asset with a wrong key: ${parsed.reason}`,
      });
    }
    const { key, groupName, tags, owners, kinds, partitions, pool, io, codeVersion } = spec;
    const shown = { key, groupName, tags, owners, kinds, partitions, pool, io, codeVersion };
    if (showsSecret(shown))
      wrong.push({
        code: "secret-in-name",
        message: `a secret became part of a name of the asset ${String(key)}`,
      });
  }
  const names = [
    ...specs.checks.map(({ name }) => name),
    ...specs.steps.map(({ name, pools }) => ({ name, pools })),
    ...specs.jobs.map(({ name, tags, selection }) => ({ name, tags, selection })),
    ...specs.schedules.map(({ name, cron, target, tags }) => ({ name, cron, target, tags })),
    ...specs.sensors.map(({ name, tags, target }) => ({ name, tags, target })),
    ...specs.resources.map(({ key, pools }) => ({ key, pools })),
    ...specs.hooks.map(({ name }) => name),
    ...(specs.conditions ?? []).map(({ name }) => name),
    ...specs.pools.map(({ name }) => name),
  ];
  for (const shown of names) {
    if (showsSecret(shown)) wrong.push({ code: "secret-in-name", message: "a secret became part of a name" });
  }
  return wrong;
}

/** Whether a secret, or the mask that one has left behind in a text, stands in what prints as JSON. */
function showsSecret(shown: unknown): boolean {
  if (typeof shown === "string") return shown.includes(secretMask);
  if (typeof shown !== "object" || shown === null) return false;
  if (Array.isArray(shown)) return shown.some(showsSecret);
  if (!isPlainObject(shown)) return (JSON.stringify(shown) ?? "").includes(secretMask);
  for (const key in shown) if (key.includes(secretMask) || showsSecret(shown[key])) return true;
  return false;
}
