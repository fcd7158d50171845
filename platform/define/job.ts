import type { JobBinding, JobSpec } from "../core/job.ts";
import type { PartitionsDefinition } from "../core/partitions.ts";
import type { RunConfig, RunRetryPolicy } from "../core/run.ts";
import { type AssetReference, keyOf } from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type Graph, graphMark } from "./graph.ts";
import { jobGraphSteps } from "./graph-steps.ts";
import type { HookDefinition, StepDefinition } from "./step.ts";
import { hookNames } from "./step-options.ts";

export interface JobDefinition extends Required<Pick<Definitions, "jobs" | "steps">> {
  readonly spec: JobSpec;
  readonly [definitionsMark]: true;
}

/** What a job sets by itself, and what differs in an environment by its name. */
export interface JobOptions extends JobBinding {
  readonly description?: string;
  /** Called at the end of each step. */
  readonly hooks?: readonly (HookDefinition | string)[];
  readonly priority?: number;
  readonly maxRuntimeSeconds?: number;
  /** How often a failed run is started again by itself; not in vain: from what failed, unless said otherwise. */
  readonly retryPolicy?: Pick<RunRetryPolicy, "maxRetries"> & Partial<RunRetryPolicy>;
  readonly environments?: { readonly [environment: string]: JobBinding };
}

export interface AssetJobOptions extends JobOptions {
  /** Text of a selection, such as `group:marts`; or the assets themselves. */
  readonly selection: string | readonly (AssetReference | string)[];
}

export interface GraphJobOptions extends JobOptions {
  /** One without inputs: what varies from run to run is config. */
  readonly graph: Graph<Record<never, never>, unknown>;
  readonly partitions?: PartitionsDefinition;
}

/**
 * Defines a job: a selection of assets, or a graph of ops, with config, resources and tags of its own. The steps of a
 * graph are named after the job, such as `nightly.clean`; its config may name them as the graph does: `clean`.
 */
export function job(name: string, options: AssetJobOptions | GraphJobOptions): JobDefinition {
  if ("selection" in options) {
    const spec = jobSpec(name, options, { selection: selectionText(options.selection) });
    return { spec, jobs: [spec], steps: [], [definitionsMark]: true };
  }
  const steps = stepsOf(name, options);
  const nameInGraph = (step: string): string =>
    steps.some((one) => one.name === `${name}.${step}`) ? `${name}.${step}` : step;
  const spec = jobSpec(name, renamed(options, nameInGraph), {
    selection: "",
    steps: steps.map((step) => step.name),
    ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
  });
  return { spec, jobs: [spec], steps, [definitionsMark]: true };
}

function jobSpec(
  name: string,
  { description, hooks, priority, maxRuntimeSeconds, retryPolicy, environments, ...binding }: JobOptions,
  target: Pick<JobSpec, "selection" | "steps" | "partitions">,
): JobSpec {
  const { config, resources, tags } = binding;
  return {
    name,
    ...target,
    ...(description === undefined ? {} : { description }),
    ...(config === undefined ? {} : { config }),
    ...(resources === undefined ? {} : { resources }),
    ...(tags === undefined ? {} : { tags }),
    ...(hooks === undefined ? {} : { hooks: hookNames(hooks) }),
    ...(priority === undefined ? {} : { priority }),
    ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
    ...(retryPolicy === undefined
      ? {}
      : { retryPolicy: { strategy: "from_failure", onStepFailure: true, ...retryPolicy } }),
    ...(environments === undefined ? {} : { environments }),
  };
}

function stepsOf(name: string, { graph }: GraphJobOptions): StepDefinition[] {
  const body = graph[graphMark];
  const [input] = body.inputs;
  if (input !== undefined) {
    throw new TypeError(
      `the graph \`${body.name}\` takes \`${input}\`, which a job cannot give: use it in a graph that has the value, or in an asset`,
    );
  }
  return jobGraphSteps({ graph: name, build: () => body.build({}) });
}

function renamed(options: GraphJobOptions, nameOf: (step: string) => string): GraphJobOptions {
  const environments = Object.entries(options.environments ?? {}).map(
    ([environment, binding]) => [environment, renamedConfig(binding, nameOf)] as const,
  );
  return {
    ...renamedConfig(options, nameOf),
    ...(options.environments === undefined ? {} : { environments: Object.fromEntries(environments) }),
  };
}

function renamedConfig<Binding extends { readonly config?: RunConfig }>(
  binding: Binding,
  nameOf: (step: string) => string,
): Binding {
  const { config } = binding;
  if (config?.steps === undefined) return binding;
  const steps = Object.entries(config.steps).map(([step, values]) => [nameOf(step), values]);
  return { ...binding, config: { ...config, steps: Object.fromEntries(steps) } };
}

/** Text of a selection. Keys stand in quotes, because one may hold what means something else in a selection. */
export function selectionText(selection: AssetJobOptions["selection"]): string {
  if (typeof selection === "string") return selection;
  return selection
    .map((one) => (typeof one === "string" ? keyOf(one) : one.key))
    .map((key) => `key:"${key.replaceAll(/["\\]/g, "\\$&")}"`)
    .join(" or ");
}
