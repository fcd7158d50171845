import {
  type AssetKey,
  type AssetSpec,
  assetSpecSchema,
  backfillPolicySchema,
  Component,
  type ComponentContext,
  checkKey,
  checkSpecSchema,
  type Definitions,
  isMaterializeResult,
  isPlainObject,
  isReference,
  type MaterializeOptions,
  partitionsAttribute,
  type StepContext,
  StepError,
  Type,
} from "#platform";
import { exampleOf } from "../example.ts";
import { stepOfAssets } from "../step-of-assets.ts";
import { backfillPolicyOf } from "./backfill-policy.ts";
import { functionFile } from "./function-file.ts";

const schema = Type.Object(
  {
    name: Type.Optional(Type.String({ description: "Name of the step; the function's name unless given." })),
    execute_fn: Type.String({
      minLength: 1,
      description:
        "The TypeScript function that does the work: `./usage.ts#datadogUsage`, or dotted as `.usage.datadog_usage`. It is called with the step's context and the resources by name.",
    }),
    assets: Type.Array(assetSpecSchema, {
      minItems: 1,
      description: "What one call of the function brings up to date.",
    }),
    checks: Type.Optional(
      Type.Array(checkSpecSchema, {
        description: "Checks that the function answers with `context.checked(…)`.",
      }),
    ),
    resources: Type.Optional(
      Type.Array(Type.String(), { description: "Keys of the resources that the function gets." }),
    ),
    partitions_def: Type.Optional(partitionsAttribute),
    backfill_policy: Type.Optional(
      Type.Union([Type.Literal("single_run"), backfillPolicySchema], {
        description: "How a backfill's partitions become runs.",
      }),
    ),
    timeout_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: "The step fails after so long." }),
    ),
  },
  {
    additionalProperties: false,
    description: "Assets and checks of one TypeScript function, which runs for all of them together.",
  },
);

/**
 * The function may return the value of its only asset, or a mapping from asset keys to values (each stored by the
 * asset's IO manager; `output(value, {metadata})` adds metadata). What it neither returns nor reports itself is
 * reported as materialized when it ends.
 */
export class ExecutableComponent extends Component<typeof schema> {
  static override readonly schema = schema;

  static override get example(): string {
    return exampleOf(import.meta.url, "ExecutableComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { execute_fn, partitions_def, backfill_policy, timeout_seconds, resources = [] } = this.attributes;
    const backfillPolicy = backfillPolicyOf(backfill_policy);
    const shared: Partial<AssetSpec> = {
      ...(partitions_def === undefined ? {} : { partitions: partitions_def }),
      ...(backfillPolicy === undefined ? {} : { backfillPolicy }),
      ...(resources.length === 0 ? {} : { resources }),
    };
    const file = functionFile(context, execute_fn);
    if (file === undefined) {
      context.report(["execute_fn"], {
        code: "file-not-found",
        severity: "warning",
        message: `no TypeScript file holds \`${execute_fn}\``,
        hint: "the assets are listed, but their step fails until the function is there: write it as `./file.ts#name`",
      });
    }
    const assets = this.attributes.assets.map((written): AssetSpec => {
      const spec = context.assetSpec(written, shared);
      if (file === undefined) return spec;
      return { ...spec, codeReferences: [...(spec.codeReferences ?? []), context.fileReference(file)] };
    });
    const checks = (this.attributes.checks ?? []).map((check) => ({
      ...context.checkSpec(check),
      resources,
    }));
    const name = this.attributes.name ?? `${context.name}.${functionName(execute_fn)}`;
    const step = stepOfAssets(assets, {
      name,
      checks: checks.flatMap(({ asset, name }) => (isReference(asset) ? [] : [checkKey(asset, name)])),
      ...(timeout_seconds === undefined ? {} : { timeoutSeconds: timeout_seconds }),
      async run(step) {
        await runFunction(context, execute_fn, step);
      },
    });
    return { assets, checks, steps: [step] };
  }
}

async function runFunction(component: ComponentContext, reference: string, step: StepContext): Promise<void> {
  let execute: (...values: never[]) => unknown;
  try {
    execute = await component.importFunction(reference);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StepError(`the function \`${reference}\` can't be loaded: ${reason}`, {
      retry: "never",
      cause: error,
    });
  }
  const reported = new Set<AssetKey>();
  const watched = watchReports(step, reported);
  const resources = Object.fromEntries(step.step.resources.map((key) => [key, step.resources[key]]));
  const result = await execute(watched as never, resources as never);
  for (const [asset, value] of resultsOf(step, result)) {
    if (isMaterializeResult(value)) {
      const { value: content, ...options } = value;
      if (content === undefined) watched.materialized(asset, options);
      else await watched.store(asset, content, options);
    } else await watched.store(asset, value);
  }
  for (const asset of step.selectedAssets) if (!reported.has(asset)) step.materialized(asset);
}

/** The step's context, noting which assets were reported through it. */
function watchReports(step: StepContext, reported: Set<AssetKey>): StepContext {
  return Object.create(step, {
    store: {
      value: async (asset: AssetKey, value: unknown, options?: MaterializeOptions) => {
        await step.store(asset, value, options);
        reported.add(asset);
      },
    },
    materialized: {
      value: (asset: AssetKey, options?: MaterializeOptions) => {
        step.materialized(asset, options);
        reported.add(asset);
      },
    },
  }) as StepContext;
}

function resultsOf(step: StepContext, result: unknown): [AssetKey, unknown][] {
  if (result === undefined || result === null) return [];
  const known: ReadonlySet<string> = new Set(step.step.assets);
  const entries = result instanceof Map ? [...result] : isPlainObject(result) ? Object.entries(result) : [];
  if (entries.length > 0 && entries.every(([key]) => known.has(key))) return entries as [AssetKey, unknown][];
  const [only, ...others] = step.step.assets;
  if (only !== undefined && others.length === 0) return [[only, result]];
  throw new StepError(
    `the function returned something else than a mapping from its asset keys (${[...known].join(", ")}) to values`,
    { retry: "never" },
  );
}

function functionName(reference: string): string {
  return reference.split(/[.#/]/).at(-1) as string;
}
