import type { TSchema } from "typebox";
import type { AssetSpec } from "../core/asset.ts";
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
import type { StepDefinition } from "./step.ts";
import { type StepOptions, stepFields } from "./step-options.ts";
import { storeResult } from "./store-result.ts";
import { type ConfigOf, configSchemaOf } from "./typed-config.ts";

/** An asset with the function that makes its value; a module's export of it is found by the loader. */
export interface AssetDefinition<T = unknown, Values = object, Config = object>
  extends AssetReference<StoredValue<T>>,
    Required<Pick<Definitions, "assets" | "steps">> {
  readonly spec: AssetSpec;
  /** Calls the function directly, without a run: for tests. Inputs, resources and config are given by name. */
  call(input: DirectInput<Values, Config>): Promise<T>;
  readonly [definitionsMark]: true;
}

export interface AssetOptions<
  Inputs extends AssetInputs,
  Config extends TSchema | undefined,
  Resources extends ResourceList,
> extends AssetSpecOptions,
    StepOptions {
  readonly key: string;
  /** Upstream assets whose values are passed in. */
  readonly ins?: Inputs;
  /** Resources that are passed in, by key or as their definition. */
  readonly resources?: Resources;
  /** Schema of the config that a run may give it, built with `Type.Object`. */
  readonly config?: Config;
  /** Whether the function only looks at the asset: what it gives is an observation. */
  readonly observable?: boolean;
}

/**
 * Defines an asset by the function that makes its value. The value goes to the asset's IO manager; `undefined` means
 * that the function has stored it itself. There are three ways to metadata, each for its own place:
 *
 * - `output(value, { metadata })`: what is known of the value when it is returned; wins over the others.
 * - `materializeResult({ metadata })`: the same for a function that has stored the asset itself.
 * - `addMetadata({ … })` of the context: what is found on the way, also by functions that the asset's function calls.
 */
export function asset<
  const Inputs extends AssetInputs,
  T,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  options: AssetOptions<Inputs, Config, Resources>,
  make: (input: FunctionInput<InputValues<Inputs>, ConfigOf<Config>, Resources>) => T | Promise<T>,
): AssetDefinition<T, InputValues<Inputs>, ConfigOf<Config>> {
  const { key: text, ins, config, resources: listed, ...declared } = options;
  const { poolSlots, priority, isolation, timeoutSeconds, hooks, ...fields } = declared;
  const key = keyOf(text);
  const inputs = inputsOf(ins);
  const resources = resourceKeys(listed);
  const spec = assetSpec(key, fields, { inputs, resources });
  const step: StepDefinition = {
    name: key,
    assets: [key],
    checks: [],
    canSubset: false,
    execution: fields.observable === true ? "observe" : "materialize",
    resources,
    ...stepFields(declared),
    ...configSchemaOf(config),
    async run(context) {
      const values = await loadInputs(context, inputs);
      const input = functionInput(context, { values, resources });
      await storeResult(context, key, await make(input as never));
    },
  };
  return {
    key,
    spec,
    assets: [spec],
    steps: [step],
    call: async (given) => make(directInput(given, config) as never),
    [assetMark]: true,
    [definitionsMark]: true,
  };
}
