import {
  type AssetKey,
  type AssetSpec,
  type CheckKey,
  type ComponentContext,
  isPlainObject,
  type RetryPolicy,
  type StepDefinition,
} from "#platform";
import { stepOfAssets } from "../step-of-assets.ts";
import type { DbtTargets } from "./invocation.ts";
import type { DbtManifest, DbtNode } from "./manifest.ts";
import { runDbt } from "./run-dbt.ts";
import { runFreshness } from "./run-freshness.ts";
import { type NodeOverrides, profileResource, projectOf, sampleDbtNames } from "./run-project.ts";
import { launchConfigSchema, type RunSettings } from "./run-settings-schema.ts";

/** What the steps of one component bring about. */
export interface StepTargets {
  readonly settings: RunSettings;
  /** Folder of the dbt project, relative to the component file. */
  readonly project: string;
  readonly assets: readonly { readonly node: DbtNode; readonly spec: AssetSpec }[];
  readonly checks: readonly { readonly key: CheckKey; readonly test: DbtNode }[];
  /** Sources whose freshness dbt is asked for. */
  readonly sources?: readonly { readonly node: DbtNode; readonly key: AssetKey }[];
  readonly freshnessChecks?: readonly { readonly key: CheckKey; readonly source: DbtNode }[];
  /** As written, where one call for everything can be told so. */
  readonly selection: Pick<DbtTargets, "select" | "exclude" | "selector">;
  readonly manifest: Pick<DbtManifest, "nodes">;
  /** Of DuckDB files that dbt opens. */
  readonly pools: readonly string[];
}

/** The steps of a dbt component: one, or one for each model; nodes with settings of their own have their own. */
export function dbtSteps(context: ComponentContext, targets: StepTargets): StepDefinition[] {
  const { settings } = targets;
  checkVars(context, settings);
  const name = settings.op?.name ?? `${context.name}.dbt`;
  const groups = groupsOf(targets);
  const steps = groups.map((group) =>
    stepOf(context, { ...targets, ...group, name: `${name}${group.suffix}` }),
  );
  const freshness = freshnessStep(context, targets, `${name}.freshness`);
  return [...steps, ...(freshness === undefined ? [] : [freshness])];
}

/** What a node says of its own call: under `meta.dop.dbt`, else Cosmos' `meta.cosmos.operator_kwargs`. */
export function overridesOf({ config, meta }: DbtNode): NodeOverrides {
  for (const written of [config?.["meta"], meta]) {
    if (!isPlainObject(written)) continue;
    const dop = isPlainObject(written["dop"]) ? written["dop"]["dbt"] : undefined;
    if (isPlainObject(dop)) return dop as NodeOverrides;
    const cosmos = isPlainObject(written["cosmos"]) ? written["cosmos"]["operator_kwargs"] : undefined;
    if (isPlainObject(cosmos)) return cosmosOverrides(cosmos);
  }
  return {};
}

function cosmosOverrides({
  dbt_cmd_flags: flags,
  ...written
}: {
  readonly [name: string]: unknown;
}): NodeOverrides {
  const names = ["full_refresh", "vars", "env", "target", "threads", "fail_fast"];
  const known = Object.fromEntries(Object.entries(written).filter(([name]) => names.includes(name)));
  return { ...known, ...(Array.isArray(flags) ? { args: flags } : {}) };
}

interface Group {
  readonly assets: StepTargets["assets"];
  readonly checks: StepTargets["checks"];
  readonly overrides: NodeOverrides;
  /** Behind the name of the step. */
  readonly suffix: string;
  readonly isWhole: boolean;
}

function groupsOf({ settings, assets, checks }: StepTargets): Group[] {
  const byOwner = Map.groupBy(checks, ({ key }) => key.slice(0, key.lastIndexOf(":")) as AssetKey);
  const own = new Set(assets.map(({ spec }) => spec.key));
  const elsewhere = checks.filter(({ key }) => !own.has(key.slice(0, key.lastIndexOf(":")) as AssetKey));
  const keyOf = ({ node, spec }: StepTargets["assets"][number]): string => {
    const overrides = overridesOf(node);
    if (settings.granularity === "model") return spec.key;
    return Object.keys(overrides).length === 0 ? "" : JSON.stringify(overrides);
  };
  const groups = [...Map.groupBy(assets, keyOf)].map(([key, members]): Group => {
    const [first] = members;
    const suffix = key === "" ? "" : `:${first?.spec.key}`;
    return {
      assets: members,
      checks: members.flatMap(({ spec }) => byOwner.get(spec.key) ?? []),
      overrides: first === undefined ? {} : overridesOf(first.node),
      suffix,
      isWhole: false,
    };
  });
  const [main, ...others] = groups.toSorted((a, b) => Number(a.suffix !== "") - Number(b.suffix !== ""));
  if (main?.suffix === "")
    return [{ ...main, checks: [...main.checks, ...elsewhere], isWhole: others.length === 0 }, ...others];
  if (elsewhere.length === 0) return groups;
  return [{ assets: [], checks: elsewhere, overrides: {}, suffix: "", isWhole: false }, ...groups];
}

function stepOf(
  context: ComponentContext,
  given: StepTargets & Omit<Group, "suffix"> & { readonly name: string },
): StepDefinition {
  const { settings, project, assets, checks, overrides, isWhole, name, pools, selection, manifest } = given;
  const targets: DbtTargets = {
    assets: new Map(assets.map(({ node, spec }) => [spec.key, node])),
    checks: new Map(checks.map(({ key, test }) => [key, test])),
    tests: settings.tests !== "none",
    manifest,
    ...(isWhole ? selection : {}),
  };
  const specs = assets.map(({ spec }) => spec);
  const step = stepOfAssets(specs, {
    name,
    checks: checks.map(({ key }) => key),
    canSubset: true,
    ...(assets.length === 0 ? { execution: "check" as const } : {}),
    ...(pools.length === 0 ? {} : { pools }),
    ...settingsOfStep(settings),
    configSchema: launchConfigSchema,
    run: (running) => runDbt(running, projectOf(context, { settings, project, overrides }, running), targets),
  });
  return withResource(step, settings);
}

function freshnessStep(
  context: ComponentContext,
  { settings, project, sources = [], freshnessChecks = [], pools }: StepTargets,
  name: string,
): StepDefinition | undefined {
  if (sources.length === 0) return undefined;
  const targets = {
    sources: new Map(sources.map(({ node, key }) => [key, node])),
    checks: new Map(freshnessChecks.map(({ key, source }) => [key, source])),
  };
  const step: StepDefinition = {
    name,
    assets: sources.map(({ key }) => key),
    checks: [...targets.checks.keys()],
    canSubset: true,
    execution: "observe",
    resources: [],
    ...(pools.length === 0 ? {} : { pools }),
    ...settingsOfStep(settings),
    configSchema: launchConfigSchema,
    run: (running) => runFreshness(running, projectOf(context, { settings, project }, running), targets),
  };
  return withResource(step, settings);
}

function withResource(step: StepDefinition, settings: RunSettings): StepDefinition {
  const resource = profileResource(settings);
  if (resource === undefined || step.resources.includes(resource)) return step;
  return { ...step, resources: [...step.resources, resource] };
}

function settingsOfStep({ step = {}, op }: RunSettings): Partial<StepDefinition> {
  const pool = step.pool ?? op?.pool;
  const tags = { ...(op?.tags as { readonly [key: string]: string } | undefined), ...step.tags };
  const retryPolicy = retriesOf(step);
  return {
    ...(pool === undefined ? {} : { pool }),
    ...(step.pool_slots === undefined ? {} : { poolSlots: step.pool_slots }),
    ...(step.priority === undefined ? {} : { priority: step.priority }),
    ...(step.timeout_seconds === undefined ? {} : { timeoutSeconds: step.timeout_seconds }),
    ...(step.isolation === undefined ? {} : { isolation: step.isolation }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
    ...(op?.description === undefined ? {} : { description: op.description }),
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
  };
}

function retriesOf({
  retries,
  retry_delay_seconds,
}: NonNullable<RunSettings["step"]>): RetryPolicy | undefined {
  if (retries === undefined) return undefined;
  return {
    maxRetries: retries,
    ...(retry_delay_seconds === undefined ? {} : { delaySeconds: retry_delay_seconds }),
  };
}

/** Wrong templates are found while loading. */
function checkVars(context: ComponentContext, { vars }: RunSettings): void {
  if (vars === undefined) return;
  context.evaluate(vars, sampleDbtNames);
}
