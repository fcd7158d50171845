import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunEventBody } from "./core/event.ts";
import type { RunConfig, RunId } from "./core/run.ts";
import type { Definitions } from "./define/definitions.ts";
import type { Definable } from "./define/definitions-of.ts";
import type { JobDefinition } from "./define/job.ts";
import type { StepContext, StepDefinition } from "./define/step.ts";
import { planRun } from "./plan/plan-run.ts";
import { executeRun } from "./run/execute-run.ts";
import { LocalArtifacts } from "./run/local-artifacts.ts";
import { type GivenResources, testDefinitions, testSnapshot } from "./testing-definitions.ts";
import { recordingIo, type StoredValues } from "./testing-io.ts";
import { type TestRequest, testRequest } from "./testing-request.ts";
import { type HandedValue, type TestRun, testRun } from "./testing-run.ts";

/** Remembers what runs stored, so that a later run of the same test finds it. Needs no clean-up. */
export interface TestInstance {
  readonly values: StoredValues;
}

export function testInstance(): TestInstance {
  return { values: new Map() };
}

export interface TestRunOptions {
  /** Instances of resources by their key, instead of those that the definitions open. */
  readonly resources?: GivenResources;
  readonly config?: RunConfig;
  /** Text of a partition set, such as a key, `first..last`, `latest` or `all`. */
  readonly partition?: string;
  /** Keys of dynamic partitions by the name of their definition. */
  readonly dynamicPartitions?: { readonly [name: string]: readonly string[] };
  /** Stored values of assets that the run does not make, by key; of partitioned ones an object by partition. */
  readonly inputs?: { readonly [asset: string]: unknown };
  /** Name of the IO manager that stores all; `memory` unless given. */
  readonly io?: string;
  readonly tags?: { readonly [key: string]: string };
  /** Name of the environment, which decides what jobs bind; `test` unless given. */
  readonly environment?: string;
  readonly instance?: TestInstance;
  /** The folder that steps see as the project's; the current one unless given. */
  readonly projectRoot?: string;
  /** Decides which time partitions exist; the current moment unless given. */
  readonly now?: Temporal.Instant;
}

export interface TestMaterializeOptions extends TestRunOptions {
  /** Text of a selection among the assets; all unless given. */
  readonly selection?: string;
}

/**
 * Materializes the given definitions in this process and leaves nothing behind: they are merged, planned and executed
 * as in a project, in memory unless `io` says otherwise. A failed step is no error of this function: see `success` and
 * `error`. Throws an Error for definitions that do not fit together, and for a request that makes no sense.
 */
export async function materialize(
  parts: readonly Definable[],
  { selection = "*", ...options }: TestMaterializeOptions = {},
): Promise<TestRun> {
  return await run(parts, { selection }, options);
}

/** Runs a job like `materialize`; a job of assets needs their definitions. */
export async function runJob(
  job: JobDefinition,
  { definitions = [], ...options }: TestRunOptions & { readonly definitions?: readonly Definable[] } = {},
): Promise<TestRun> {
  return await run([job, ...definitions], { job: job.spec.name }, options);
}

async function run(
  parts: readonly Definable[],
  target: TestRequest["target"],
  options: TestRunOptions,
): Promise<TestRun> {
  const { io = "memory", environment = "test", now = Temporal.Now.instant() } = options;
  const code = testDefinitions(parts, options.resources ?? {});
  const snapshot = testSnapshot(code, { io, environment });
  const { partition, tags, config, dynamicPartitions = {} } = options;
  const moment = { now, dynamicKeys: dynamicPartitions };
  const plan = planRun(snapshot, testRequest(snapshot, { target, partition, tags, config }, moment), moment);
  const known: StoredValues = new Map(options.instance?.values);
  for (const [asset, value] of Object.entries(options.inputs ?? {})) {
    known.set(asset, slicesOf(code, asset, value));
  }
  const custom = code.ioManagers.find(({ name }) => name === io);
  const recording = recordingIo(io, { known, custom });
  const events: RunEventBody[] = [];
  const handed: HandedValue[] = [];
  const folder = mkdtempSync(join(tmpdir(), "dop-test-run-"));
  const setting = {
    runId: "00000000-0000-7000-8000-000000000000" as RunId,
    code: {
      step: (_: unknown, name: string) =>
        recordingStep(
          code.steps.find((one) => one.name === name),
          handed,
        ),
      resource: (_: unknown, key: string) => code.resources.find(({ spec }) => spec.key === key),
      ioManager: () => recording.definition,
      hook: (_: unknown, name: string) => code.hooks.find(({ spec }) => spec.name === name),
    },
    emit: (body: RunEventBody) => void events.push(body),
    signal: new AbortController().signal,
    projectRoot: options.projectRoot ?? process.cwd(),
    dataFolder: join(folder, "data"),
    logFolder: join(folder, "logs"),
    valuesFolder: join(folder, "values"),
    attachments: new LocalArtifacts({ folder: join(folder, "artifacts"), capBytes: 50_000_000 }),
  };
  try {
    const outcome = await executeRun(plan, setting);
    keep(options.instance, recording.stored);
    return testRun({ success: outcome === "success", events, stored: recording.stored, handed });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function slicesOf(
  { assets }: Required<Definitions>,
  asset: string,
  value: unknown,
): Map<string | null, unknown> {
  const isPartitioned = assets.some(({ key, partitions }) => key === asset && partitions !== undefined);
  return new Map(isPartitioned ? Object.entries(value as object) : [[null, value]]);
}

/** The step, with what it hands on noted. */
function recordingStep(step: StepDefinition | undefined, handed: HandedValue[]): StepDefinition | undefined {
  if (step === undefined) return undefined;
  return Object.create(step, {
    run: {
      value: (context: StepContext) => {
        const noting: StepContext = Object.create(context, {
          output: {
            async value(name: string, value: unknown, options: Parameters<StepContext["output"]>[2]) {
              await context.output(name, value, options);
              const mappingKey = options?.mappingKey ?? context.mappingKey;
              handed.push({ step: step.name, output: name, mappingKey, value });
            },
          },
        });
        return step.run(noting);
      },
    },
  });
}

function keep(instance: TestInstance | undefined, stored: StoredValues): void {
  for (const [asset, slices] of stored) {
    instance?.values.set(asset, new Map([...(instance.values.get(asset) ?? []), ...slices]));
  }
}
