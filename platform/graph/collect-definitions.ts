import type { AssetSpec } from "../core/asset.ts";
import { type AssetKey, type CheckKey, checkKey } from "../core/asset-key.ts";
import { canonicalJson } from "../core/canonical-json.ts";
import type { PoolSpec } from "../core/job.ts";
import type { LoadedComponent, LoadedProject } from "../core/loaded-project.ts";
import { isReference, type Reference } from "../core/reference.ts";
import type { StepSpec } from "../core/step.ts";
import type { Collected, CollectedAsset, CollectedCheck, CollectedDefinitions } from "./collected.ts";
import type { MergeProblems } from "./merge-problems.ts";
import { type Placed, placeOf } from "./place.ts";
import { settleJobs } from "./settle-jobs.ts";

/** Puts the components' definitions together; of equal keys and names the first stays and the later is told. */
export function collectDefinitions(project: LoadedProject, problems: MergeProblems): CollectedDefinitions {
  const components = project.components.filter((component) => component.enabled);
  const steps = collectNamed(components, problems, {
    word: "step",
    specsOf: ({ specs }) => specs.steps,
    nameOf: (spec) => spec.name,
    isToldElsewhere: (one, first) =>
      one.spec.assets.some((key) => definesAsset(one, key) && definesAsset(first, key)),
  });
  const named = <Spec extends Placed & { readonly name: string }>(
    word: string,
    specsOf: (component: LoadedComponent) => readonly Spec[],
  ) => collectNamed(components, problems, { word, specsOf, nameOf: (spec) => spec.name });
  return {
    assets: collectAssets(components, problems, steps),
    checks: components.flatMap((component) => component.specs.checks.map((spec) => ({ spec, component }))),
    steps,
    jobs: settleJobs(
      named("job", ({ specs }) => specs.jobs),
      project.environment,
    ),
    schedules: named("schedule", ({ specs }) => specs.schedules),
    sensors: named("sensor", ({ specs }) => specs.sensors),
    resources: collectNamed(components, problems, {
      word: "resource",
      specsOf: ({ specs }) => specs.resources,
      nameOf: ({ key }) => key,
    }),
    ioManagers: collectNamed(components, problems, {
      word: "IO manager",
      specsOf: ({ specs }) => specs.ioManagers,
      nameOf: (name) => name,
    }),
    hooks: named("hook", ({ specs }) => specs.hooks),
    conditions: named("condition", ({ specs }) => specs.conditions ?? []),
    pools: collectPools(project, components, problems),
  };
}

/** Checks with their assets settled: unknown assets and equal keys are told and left out. */
export function collectChecks(
  { checks, steps }: CollectedDefinitions,
  assets: ReadonlyMap<AssetKey, unknown>,
  {
    resolve,
    problems,
    hintFor,
  }: {
    resolve: (key: AssetKey | Reference, placed: Placed, component: LoadedComponent) => AssetKey | undefined;
    problems: MergeProblems;
    hintFor: (key: string) => string | undefined;
  },
): Map<CheckKey, CollectedCheck> {
  const stepOf = new Map<CheckKey, string>();
  for (const { spec } of steps.values()) for (const check of spec.checks) stepOf.set(check, spec.name);
  const collected = new Map<CheckKey, CollectedCheck>();
  for (const { spec, component } of checks) {
    const asset = resolve(spec.asset, spec, component);
    if (asset === undefined) continue;
    const span = placeOf(spec, component, "asset");
    if (!assets.has(asset)) {
      problems.report(
        {
          code: "unknown-asset",
          message: `the check \`${spec.name}\` is about \`${asset}\`, which no component defines`,
          hint: hintFor(asset),
          span,
        },
        component,
      );
      continue;
    }
    const key = checkKey(asset, spec.name);
    const first = collected.get(key);
    if (first !== undefined) {
      problems.report(
        {
          code: "duplicate-check",
          message: `the check \`${key}\` is defined twice`,
          span: placeOf(spec, component, "name"),
          related: [{ span: placeOf(first.spec, first.component, "name"), message: "first defined here" }],
        },
        component,
      );
      continue;
    }
    // A step that was built before the reference was settled names the check by the reference's own words.
    const step =
      stepOf.get(key) ??
      (isReference(spec.asset)
        ? stepOf.get(checkKey(`${spec.asset.kind}:${spec.asset.argument}` as AssetKey, spec.name))
        : undefined);
    collected.set(key, { key, asset, spec, component, step });
  }
  return collected;
}

function collectAssets(
  components: readonly LoadedComponent[],
  problems: MergeProblems,
  steps: ReadonlyMap<string, Collected<StepSpec>>,
): Map<AssetKey, CollectedAsset> {
  const assets = new Map<AssetKey, CollectedAsset>();
  const twice: DefinedTwice[] = [];
  for (const component of components) {
    const stepOf = new Map<AssetKey, string>();
    for (const step of component.specs.steps) {
      if (steps.get(step.name)?.component !== component) continue;
      for (const key of step.assets) if (!stepOf.has(key)) stepOf.set(key, step.name);
    }
    for (const spec of component.specs.assets) {
      const asset = { spec, component, step: stepOf.get(spec.key) };
      const first = assets.get(spec.key);
      if (first === undefined) assets.set(spec.key, asset);
      else if (asset.spec.yields === true && asset.step === undefined)
        assets.set(spec.key, joined(first, asset));
      else if (first.spec.yields === true && first.step === undefined)
        assets.set(spec.key, joined(asset, first));
      else if (!isSameExternal(first, asset)) twice.push({ asset, first });
    }
  }
  for (const same of Map.groupBy(twice, placesOf).values()) reportTwice(same, problems);
  return assets;
}

interface DefinedTwice {
  readonly asset: CollectedAsset;
  readonly first: CollectedAsset;
}

/** What one component made at one place is told at once: two of them may overlap in hundreds of assets. */
function placesOf({ asset, first }: DefinedTwice): string {
  return JSON.stringify([
    placeOf(asset.spec, asset.component, "key"),
    placeOf(first.spec, first.component, "key"),
  ]);
}

function reportTwice(same: readonly DefinedTwice[], problems: MergeProblems): void {
  const [{ asset, first }] = same as readonly [DefinedTwice];
  const keys = same.slice(0, namedKeys).map(({ asset: { spec } }) => `\`${spec.key}\``);
  const more = same.length > namedKeys ? [`${same.length - namedKeys} more`] : [];
  const names = [...keys, ...more];
  const message =
    names.length === 1
      ? `the asset ${names[0]} is defined twice`
      : `the assets ${names.slice(0, -1).join(", ")} and ${names.at(-1)} are defined twice`;
  problems.report(
    {
      code: "duplicate-asset",
      message,
      span: placeOf(asset.spec, asset.component, "key"),
      related: [{ span: placeOf(first.spec, first.component, "key"), message: "first defined here" }],
      hint:
        same.length === 1
          ? "give one of them another key"
          : "give those of one place other keys, or leave them out there",
    },
    asset.component,
  );
}

/** Keys that are told before the rest is only counted. */
const namedKeys = 10;

/** `kept` also answers what the one that it replaces would have answered. */
function joined(kept: CollectedAsset, { spec: { answers = [] } }: CollectedAsset): CollectedAsset {
  if (answers.length === 0) return kept;
  const all = [...new Set([...(kept.spec.answers ?? []), ...answers])];
  return { ...kept, spec: { ...kept.spec, answers: all } };
}

/** Two components may tell the same of an outside asset, such as a source table that both read. */
function isSameExternal(a: CollectedAsset, b: CollectedAsset): boolean {
  if (a.step !== undefined || b.step !== undefined) return false;
  return saidOf(a.spec) === saidOf(b.spec);
}

function saidOf({ codeReferences: _places, origins: _origins, ...said }: AssetSpec): string {
  return canonicalJson(said);
}

interface NamedKind<Spec> {
  readonly word: string;
  readonly specsOf: (component: LoadedComponent) => readonly Spec[];
  readonly nameOf: (spec: Spec) => string;
  /** Whether two of one name are told about already, such as steps by the asset that both make. */
  readonly isToldElsewhere?: (one: Collected<Spec>, first: Collected<Spec>) => boolean;
}

function collectNamed<Spec>(
  components: readonly LoadedComponent[],
  problems: MergeProblems,
  { word, specsOf, nameOf, isToldElsewhere }: NamedKind<Spec>,
): Map<string, Collected<Spec>> {
  const collected = new Map<string, Collected<Spec>>();
  for (const component of components) {
    for (const spec of specsOf(component)) {
      const name = nameOf(spec);
      const first = collected.get(name);
      if (first === undefined) {
        collected.set(name, { spec, component });
        continue;
      }
      if (isToldElsewhere?.({ spec, component }, first) === true) continue;
      problems.report(
        {
          code: "duplicate-name",
          message: `the ${word} \`${name}\` is defined twice`,
          span: placeOf(placedOf(spec), component, "name"),
          related: [
            { span: placeOf(placedOf(first.spec), first.component, "name"), message: "first defined here" },
          ],
        },
        component,
      );
    }
  }
  return collected;
}

function definesAsset({ component }: Collected<StepSpec>, key: AssetKey): boolean {
  return component.specs.assets.some((asset) => asset.key === key);
}

function placedOf(spec: unknown): Placed {
  return typeof spec === "object" && spec !== null ? (spec as Placed) : {};
}

/** A pool may be named by many, but with one limit; the project's configuration wins. */
function collectPools(
  project: LoadedProject,
  components: readonly LoadedComponent[],
  problems: MergeProblems,
): Map<string, PoolSpec> {
  const pools = new Map(project.pools.map((pool) => [pool.name, pool]));
  for (const component of components) {
    for (const pool of component.specs.pools) {
      const first = pools.get(pool.name);
      if (first === undefined) pools.set(pool.name, pool);
      else if (first.limit !== pool.limit) {
        problems.report(
          {
            code: "duplicate-name",
            message: `the pool \`${pool.name}\` has the limit ${pool.limit} here and ${first.limit} elsewhere`,
            span: placeOf({}, component),
          },
          component,
        );
      }
    }
  }
  return pools;
}
