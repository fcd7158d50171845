import type { TSchema } from "typebox";
import type { AssetSpec } from "../core/asset.ts";
import type { AssetKey } from "../core/asset-key.ts";
import { type AssetSpecOptions, assetSpec } from "./asset-options.ts";
import {
  type AssetInputs,
  type AssetReference,
  assetMark,
  type InputValues,
  inputsOf,
  keyOf,
  loadInputs,
  type StoredValue,
} from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type DirectInput, directInput } from "./direct-call.ts";
import { type FunctionInput, functionInput, type ResourceList, resourceKeys } from "./function-input.ts";
import { type StepContext, type StepDefinition, StepError } from "./step.ts";
import { type StepOptions, stepFields } from "./step-options.ts";
import { storeResult } from "./store-result.ts";
import { type ConfigOf, configSchemaOf } from "./typed-config.ts";

/** Assets that one function makes, by the name under which it gives their values; the name is the key unless given. */
export type AssetTable = {
  readonly [name: string]: Omit<AssetSpecOptions, "retryPolicy" | "pool"> & { readonly key?: string };
};

export interface MultiAssetOptions<
  Outs extends AssetTable,
  Inputs extends AssetInputs,
  Config extends TSchema | undefined,
  Resources extends ResourceList,
> extends StepOptions {
  /** Of the step; the keys joined by `+` unless given. */
  readonly name?: string;
  readonly outs: Outs;
  readonly ins?: Inputs;
  readonly resources?: Resources;
  readonly config?: Config;
  /** Whether it can make some of its assets without the others; it finds those asked for in `selectedAssets`. */
  readonly canSubset?: boolean;
}

/** A value or result for each asset by its name; one that is absent was not asked for or may be skipped. */
export type AssetValues<Outs extends AssetTable> = { readonly [Name in keyof Outs]?: unknown };

export interface MultiAssetDefinition<
  Outs extends AssetTable = AssetTable,
  Result extends AssetValues<Outs> = AssetValues<Outs>,
  Values = object,
  Config = object,
> extends Required<Pick<Definitions, "assets" | "steps">> {
  /** Its assets by name, to be taken as inputs. */
  readonly outs: {
    readonly [Name in keyof Outs]: AssetReference<StoredValue<Result[Name]>> & { readonly spec: AssetSpec };
  };
  /** Calls the function directly, without a run: for tests. */
  call(input: DirectInput<Values, Config>): Promise<Result>;
  readonly [definitionsMark]: true;
}

/**
 * Defines several assets by one function that gives their values by name; `undefined` under a name means that the
 * function has stored that asset itself. Each depends on all inputs.
 */
export function multiAsset<
  const Outs extends AssetTable,
  const Inputs extends AssetInputs,
  Result extends AssetValues<Outs>,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  options: MultiAssetOptions<Outs, Inputs, Config, Resources>,
  make: (input: FunctionInput<InputValues<Inputs>, ConfigOf<Config>, Resources>) => Result | Promise<Result>,
): MultiAssetDefinition<Outs, Result, InputValues<Inputs>, ConfigOf<Config>> {
  const inputs = inputsOf(options.ins);
  const resources = resourceKeys(options.resources);
  const outs = Object.entries(options.outs).map(([name, { key, ...fields }]) => {
    const own = keyOf(key ?? name);
    return { name, key: own, spec: assetSpec(own, fields, { inputs, resources }) };
  });
  const step: StepDefinition = {
    name: options.name ?? outs.map(({ key }) => key).join("+"),
    assets: outs.map(({ key }) => key),
    checks: [],
    canSubset: options.canSubset ?? false,
    execution: "materialize",
    resources,
    ...stepFields(options),
    ...configSchemaOf(options.config),
    async run(context) {
      const values = await loadInputs(context, inputs);
      const result = await make(functionInput(context, { values, resources }) as never);
      await storeResults(context, outs, result);
    },
  };
  return {
    outs: Object.fromEntries(
      outs.map(({ name, key, spec }) => [name, { key, spec, [assetMark]: true }]),
    ) as MultiAssetDefinition<Outs, Result>["outs"],
    assets: outs.map(({ spec }) => spec),
    steps: [step],
    call: async (given) => make(directInput(given, options.config) as never),
    [definitionsMark]: true,
  };
}

async function storeResults(
  context: StepContext,
  outs: readonly { readonly name: string; readonly key: AssetKey; readonly spec: AssetSpec }[],
  result: { readonly [name: string]: unknown },
): Promise<void> {
  const names = outs.map(({ name }) => name);
  const unknown = Object.keys(result).find((name) => !names.includes(name));
  if (unknown !== undefined) throw wrongResult(`gave \`${unknown}\`, which is none of its assets`, names);
  for (const { name, key, spec } of outs) {
    if (!context.selectedAssets.includes(key)) continue;
    if (Object.hasOwn(result, name)) await storeResult(context, key, result[name]);
    else if (spec.skippable !== true) throw wrongResult(`gave nothing for \`${name}\``, names);
  }
}

function wrongResult(what: string, names: readonly string[]): StepError {
  return new StepError(
    `the function ${what}: it gives an object with ${names.map((name) => `\`${name}\``).join(", ")}`,
    { retry: "never" },
  );
}
