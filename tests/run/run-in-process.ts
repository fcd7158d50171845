import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AssetKey, checkKey } from "../../platform/core/asset-key.ts";
import type { Asset, AssetCheck, DefinitionsSnapshot } from "../../platform/core/definitions-snapshot.ts";
import type { RunEventBody, RunEventType } from "../../platform/core/event.ts";
import type { RunId, RunRequest } from "../../platform/core/run.ts";
import type { RunPlan } from "../../platform/core/run-plan.ts";
import { type Definitions, joinDefinitions } from "../../platform/define/definitions.ts";
import { planRun } from "../../platform/plan/plan-run.ts";
import type { ExecuteOptions } from "../../platform/run/execute-options.ts";
import { executeRun, type RunOutcome } from "../../platform/run/execute-run.ts";

const component = { file: "defs/a.ts", document: 1, type: "definitions" };

/** The snapshot that the merge would make of definitions without references. */
export function snapshotOf(parts: readonly Definitions[], io = "memory"): DefinitionsSnapshot {
  const { assets, checks, steps, resources, ioManagers, hooks, jobs, pools } = joinDefinitions(parts);
  const stepOf = (has: (step: (typeof steps)[number]) => boolean) => {
    const step = steps.find(has);
    return step === undefined ? {} : { step: step.name };
  };
  return {
    schema: "dop.snapshot/1",
    id: "snapshot",
    environment: "test",
    definitions: {
      assets: assets.map(
        (spec): Asset => ({
          ...spec,
          deps: (spec.deps ?? []) as AssetKey[],
          owners: [],
          tags: {},
          kinds: [],
          groupName: "default",
          materializable: steps.some((step) => step.assets.includes(spec.key)),
          ...stepOf((step) => step.assets.includes(spec.key)),
          checks: checks
            .filter((check) => check.asset === spec.key)
            .map((check) => checkKey(spec.key, check.name)),
          component,
        }),
      ),
      checks: checks.map((spec): AssetCheck => {
        const key = checkKey(spec.asset as AssetKey, spec.name);
        return {
          ...spec,
          key,
          asset: spec.asset as AssetKey,
          additionalDeps: (spec.additionalDeps ?? []) as AssetKey[],
          blocking: spec.blocking ?? false,
          ...stepOf((step) => step.checks.includes(key)),
          component,
        };
      }),
      steps: steps.map(({ run: _run, ...spec }) => ({ ...spec, component })),
      jobs: jobs.map((job) => ({ ...job, component })),
      schedules: [],
      sensors: [],
      resources: resources.map(({ spec }) => ({ ...spec, component })),
      pools,
      ioManagers: ioManagers.map(({ name }) => ({ name, component })),
      hooks: hooks.map(({ spec }) => ({ ...spec, component })),
      io,
    },
    components: [],
    sources: [],
    problems: [],
  };
}

/** Asks for everything that can be materialized, unless said otherwise. */
export function planOf(
  parts: readonly Definitions[],
  request: Partial<RunRequest> = {},
  io?: string,
): RunPlan {
  const snapshot = snapshotOf(parts, io);
  const assets = snapshot.definitions.assets.map((asset) => asset.key);
  return planRun(
    snapshot,
    { assets, tags: {}, ...request },
    { now: Temporal.Instant.from("2026-01-10T12:00Z") },
  );
}

/** The events of one type, also of a type that shares its shape with others. */
type EventOf<T, E = RunEventBody> = E extends { readonly type: infer U } ? (T extends U ? E : never) : never;

export interface RunInProcess {
  readonly outcome: RunOutcome;
  readonly events: readonly RunEventBody[];
  of<T extends RunEventType>(type: T): EventOf<T>[];
  readonly logFolder: string;
  readonly dataFolder: string;
}

/** Plans and runs definitions in this process, in a folder of their own. */
export async function runInProcess(
  parts: readonly Definitions[],
  options: Partial<ExecuteOptions> & {
    readonly request?: Partial<RunRequest>;
    readonly io?: string;
    readonly plan?: RunPlan;
  } = {},
): Promise<RunInProcess> {
  const { request, io, plan = planOf(parts, request, io), ...given } = options;
  const { steps, resources, ioManagers, hooks } = joinDefinitions(parts);
  const projectRoot = options.projectRoot ?? mkdtempSync(join(tmpdir(), "dop-run-"));
  const logFolder = join(projectRoot, "logs");
  const dataFolder = join(projectRoot, "data");
  const events: RunEventBody[] = [];
  const outcome = await executeRun(plan, {
    runId: "run-1" as RunId,
    code: {
      step: (_, name) => steps.find((step) => step.name === name),
      resource: (_, key) => resources.find((resource) => resource.spec.key === key),
      hook: (_, name) => hooks.find(({ spec }) => spec.name === name),
      ioManager: (_, name) => ioManagers.find((manager) => manager.name === name),
    },
    emit: (body) => void events.push(body),
    signal: new AbortController().signal,
    projectRoot,
    dataFolder,
    logFolder,
    abortGraceMs: 50,
    ...given,
  });
  const of = <T extends RunEventType>(type: T) =>
    events.filter((event) => event.type === type) as EventOf<T>[];
  return { outcome, events, of, logFolder, dataFolder };
}
