import type { AssetKey } from "../core/asset-key.ts";
import { functionInput } from "./function-input.ts";
import type { TracedOp } from "./graph-trace.ts";
import type { OpBody } from "./op-body.ts";
import {
  isDynamicOutput,
  type OutputDeclaration,
  onlyOutput,
  outputSpecs,
  valueAndMetadata,
} from "./op-output.ts";
import { type StepContext, type StepDefinition, StepError } from "./step.ts";
import { stepFields } from "./step-options.ts";
import { storeResult } from "./store-result.ts";
import { configSchemaOf } from "./typed-config.ts";

/** What a step of a graph is part of. */
export interface GraphBinding {
  readonly graph: string;
  /** Asset that stores an output, by the output's name. */
  readonly assets: ReadonlyMap<string, AssetKey>;
  /** Outputs that other ops of the graph take. */
  readonly taken: ReadonlySet<string>;
}

/** The step of an op in a graph. An output that is stored as an asset is handed on only where another op takes it. */
export function opStep(traced: TracedOp, { graph, assets, taken }: GraphBinding): StepDefinition {
  const { body, step, inputs, mapOver } = traced;
  const outputs = outputSpecs(body.outs).filter(({ name }) => !assets.has(name) || taken.has(name));
  const handedOn = new Set(outputs.map(({ name }) => name));
  return {
    name: step,
    assets: [...assets.values()],
    checks: [],
    canSubset: false,
    execution: assets.size === 0 ? "op" : "materialize",
    ...(body.description === undefined ? {} : { description: body.description }),
    resources: body.resources,
    graph,
    ...(inputs.length === 0 ? {} : { inputs }),
    ...(outputs.length === 0 ? {} : { outputs }),
    ...(mapOver === undefined ? {} : { mapOver }),
    ...stepFields(body.options),
    ...configSchemaOf(body.config),
    ...(body.tags === undefined ? {} : { tags: body.tags }),
    async run(context) {
      const values = await valuesOf(traced, context);
      const input = functionInput(context, { values, resources: body.resources });
      const results = resultsOf(body, await body.run(input as never));
      for (const [name, declared] of Object.entries(body.outs)) {
        const asset = assets.get(name);
        const result = results[name];
        if (declared.kind === "optional" && result === undefined) continue;
        if (asset !== undefined) await storeResult(context, asset, result);
        if (handedOn.has(name)) await handOn(context, { name, declared, result });
      }
    },
  };
}

async function valuesOf({ inputs, loads }: TracedOp, context: StepContext): Promise<object> {
  const handed = inputs.map(async ({ name }) => [name, await context.value(name)] as const);
  const loaded = loads.map(async ({ name, assets, list }) => {
    const values = await Promise.all(assets.map((asset) => context.load(asset)));
    return [name, list ? values : values[0]] as const;
  });
  return Object.fromEntries(await Promise.all([...handed, ...loaded]));
}

/** What the function gave, by the names of the outputs. Throws StepError for what does not fit them. */
function resultsOf({ outs, isNamed }: OpBody, given: unknown): { readonly [name: string]: unknown } {
  if (!isNamed) return { [onlyOutput]: given };
  const names = Object.keys(outs);
  if (typeof given !== "object" || given === null) throw wrongResult("gave no object", names);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) throw wrongResult(`gave \`${unknown}\`, which is none of its outputs`, names);
  const missing = names.find((name) => outs[name]?.kind !== "optional" && !Object.hasOwn(given, name));
  if (missing !== undefined) throw wrongResult(`gave nothing for \`${missing}\``, names);
  return given as { readonly [name: string]: unknown };
}

async function handOn(
  context: StepContext,
  { name, declared, result }: { name: string; declared: OutputDeclaration; result: unknown },
): Promise<void> {
  if (declared.kind !== "dynamic") {
    const { value, metadata } = valueAndMetadata(result);
    return context.output(name, value, metadata === undefined ? {} : { metadata });
  }
  if (!isIterable(result)) {
    throw new StepError(`the dynamic output \`${name}\` is no list and no generator of \`dynamicOutput\``, {
      retry: "never",
    });
  }
  for await (const item of result) {
    if (!isDynamicOutput(item)) {
      throw new StepError(`a value of the dynamic output \`${name}\` was not made by \`dynamicOutput\``, {
        retry: "never",
      });
    }
    const { value, mappingKey, metadata } = item;
    await context.output(name, value, { mappingKey, ...(metadata === undefined ? {} : { metadata }) });
  }
}

function isIterable(value: unknown): value is Iterable<unknown> | AsyncIterable<unknown> {
  return (
    typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

function wrongResult(what: string, names: readonly string[]): StepError {
  return new StepError(
    `the function of the op ${what}: it gives an object with ${names.map((name) => `\`${name}\``).join(", ")}`,
    { retry: "never" },
  );
}
