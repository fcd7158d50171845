import type { TSchema } from "typebox";
import { type AssetKey, checkKey } from "../core/asset-key.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import { metadataOf, type RawMetadata } from "../core/metadata.ts";
import {
  type AssetInputs,
  type AssetReference,
  type InputValues,
  inputsOf,
  type LoadedInput,
  loadInputs,
  upstreamKey,
} from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type DirectInput, directInput } from "./direct-call.ts";
import { type FunctionInput, functionInput, type ResourceList, resourceKeys } from "./function-input.ts";
import type { CheckOutcome, StepContext, StepDefinition } from "./step.ts";
import { type StepOptions, stepFields } from "./step-options.ts";
import { type ConfigOf, configSchemaOf } from "./typed-config.ts";

/** A check with its function. */
export interface CheckDefinition<Values = object, Config = object>
  extends Required<Pick<Definitions, "checks" | "steps">> {
  readonly spec: AssetCheckSpec;
  /** Asks directly, without a run: for tests. The asset's value is given as `value`. */
  call(input: DirectInput<Values, Config>): Promise<CheckOutcome>;
  readonly [definitionsMark]: true;
}

/** What is declared of one check. */
export interface CheckSpecOptions
  extends Pick<AssetCheckSpec, "blocking" | "description" | "automationCondition"> {
  readonly metadata?: RawMetadata;
  /** Further assets that the check waits for. */
  readonly additionalDeps?: readonly (AssetReference | string)[];
}

/** What the function of a check may need. */
export interface CheckStepOptions<
  Inputs extends AssetInputs,
  Config extends TSchema | undefined,
  Resources extends ResourceList,
> extends StepOptions {
  /** Further assets whose values are passed in. */
  readonly ins?: Inputs;
  readonly resources?: Resources;
  readonly config?: Config;
}

/** The checked asset's stored value; reading it throws where it cannot be loaded, so who does not read needs none. */
export interface CheckedValue<Target> {
  readonly value: Target extends AssetReference<infer Stored> ? Known<Stored> : Unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: the IO manager decides what a stored value is
type Unknown = any;
type Known<Stored> = unknown extends Stored ? Unknown : Stored;

/** Defines a check of an asset; it runs after the asset's step, and alone when asked for. */
// biome-ignore lint/complexity/useMaxParams: reads as a sentence of asset, name, options and question
export function check<
  const Target extends AssetReference | string,
  const Inputs extends AssetInputs,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  target: Target,
  name: string,
  options: CheckSpecOptions & CheckStepOptions<Inputs, Config, Resources>,
  ask: (
    input: FunctionInput<InputValues<Inputs> & CheckedValue<Target>, ConfigOf<Config>, Resources>,
  ) => CheckOutcome | boolean | Promise<CheckOutcome | boolean>,
): CheckDefinition<InputValues<Inputs> & CheckedValue<Target>, ConfigOf<Config>> {
  const asset = upstreamKey(target);
  const key = checkKey(asset, name);
  const inputs = inputsOf(options.ins);
  const resources = resourceKeys(options.resources);
  const spec = checkSpec({ name, asset }, options, { inputs, resources });
  const step: StepDefinition = {
    name: key,
    assets: [],
    checks: [key],
    canSubset: false,
    execution: "check",
    resources,
    ...stepFields(options),
    ...configSchemaOf(options.config),
    async run(context) {
      const values = await checkValues(context, asset, inputs);
      const outcome = await ask(functionInput(context, { values, resources }) as never);
      context.checked(key, resultOf(outcome));
    },
  };
  return {
    spec,
    checks: [spec],
    steps: [step],
    call: async (given) => resultOf(await ask(directInput(given, options.config) as never)),
    [definitionsMark]: true,
  };
}

export function checkSpec(
  { name, asset }: { readonly name: string; readonly asset: AssetKey },
  { blocking, description, automationCondition, metadata, additionalDeps = [] }: CheckSpecOptions,
  { inputs, resources }: { readonly inputs: readonly LoadedInput[]; readonly resources: readonly string[] },
): AssetCheckSpec {
  const deps = [...additionalDeps.map(upstreamKey), ...inputs.map(({ key }) => key)];
  return {
    name,
    asset,
    blocking: blocking ?? false,
    ...(description === undefined ? {} : { description }),
    ...(automationCondition === undefined ? {} : { automationCondition }),
    ...(metadata === undefined ? {} : { metadata: metadataOf(metadata) }),
    ...(deps.length === 0 ? {} : { additionalDeps: deps }),
    resources,
  };
}

/** Inputs by name, and the checked asset as `value`. */
export async function checkValues(
  context: Pick<StepContext, "load">,
  asset: AssetKey | undefined,
  inputs: readonly LoadedInput[],
): Promise<object> {
  const values = await loadInputs(context, inputs);
  if (asset === undefined) return values;
  const [loaded] = await Promise.allSettled([context.load(asset)]);
  return Object.defineProperty(values, "value", {
    enumerable: true,
    get() {
      if (loaded.status === "rejected") throw loaded.reason;
      return loaded.value;
    },
  });
}

/** A plain yes or no as a result. */
export function resultOf(outcome: CheckOutcome | boolean): CheckOutcome {
  return typeof outcome === "boolean" ? { passed: outcome } : outcome;
}
