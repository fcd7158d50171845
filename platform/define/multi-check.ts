import type { TSchema } from "typebox";
import { type AssetKey, type CheckKey, checkKey } from "../core/asset-key.ts";
import {
  type AssetInputs,
  type AssetReference,
  type InputValues,
  inputsOf,
  upstreamKey,
} from "./asset-reference.ts";
import {
  type CheckedValue,
  type CheckSpecOptions,
  type CheckStepOptions,
  checkSpec,
  checkValues,
  resultOf,
} from "./check.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type DirectInput, directInput } from "./direct-call.ts";
import { type FunctionInput, functionInput, type ResourceList, resourceKeys } from "./function-input.ts";
import { type CheckOutcome, type StepDefinition, StepError } from "./step.ts";
import { stepFields } from "./step-options.ts";
import { type ConfigOf, configSchemaOf } from "./typed-config.ts";

/** Several checks by name; one without an asset of its own is about the asset of all. */
export type CheckTable = {
  readonly [name: string]: CheckSpecOptions & { readonly asset?: AssetReference | string };
};

export interface MultiCheckOptions<
  Checks extends CheckTable,
  Target extends AssetReference | string | undefined,
  Inputs extends AssetInputs,
  Config extends TSchema | undefined,
  Resources extends ResourceList,
> extends CheckStepOptions<Inputs, Config, Resources> {
  /** Of the step; made from the asset and the first check unless given. */
  readonly name?: string;
  /** Whose value is passed in as `value`. */
  readonly asset?: Target;
  readonly checks: Checks;
  /** Whether it can answer some of its checks without the others; it finds those asked for in `selectedChecks`. */
  readonly canSubset?: boolean;
}

/** An answer to each check by its name; with `canSubset` to those that were asked. */
export type CheckAnswers<Checks extends CheckTable> = {
  readonly [Name in keyof Checks]?: CheckOutcome | boolean;
};

export interface MultiCheckDefinition<
  Checks extends CheckTable = CheckTable,
  Values = object,
  Config = object,
> extends Required<Pick<Definitions, "checks" | "steps">> {
  /** Asks directly, without a run: for tests. */
  call(input: DirectInput<Values, Config>): Promise<{ readonly [Name in keyof Checks]?: CheckOutcome }>;
  readonly [definitionsMark]: true;
}

/** Defines checks that one function answers together. Throws RangeError for a check without an asset. */
export function multiCheck<
  const Checks extends CheckTable,
  const Inputs extends AssetInputs,
  const Target extends AssetReference | string | undefined = undefined,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  options: MultiCheckOptions<Checks, Target, Inputs, Config, Resources>,
  ask: (
    input: FunctionInput<InputValues<Inputs> & CheckedValue<Target>, ConfigOf<Config>, Resources>,
  ) => CheckAnswers<Checks> | Promise<CheckAnswers<Checks>>,
): MultiCheckDefinition<Checks, InputValues<Inputs> & CheckedValue<Target>, ConfigOf<Config>> {
  const asset = options.asset === undefined ? undefined : upstreamKey(options.asset);
  const inputs = inputsOf(options.ins);
  const resources = resourceKeys(options.resources);
  const names = Object.keys(options.checks);
  const checks = names.map((name) => {
    const { asset: own, ...declared } = options.checks[name] as CheckTable[string];
    const target = own === undefined ? asset : upstreamKey(own);
    if (target === undefined) throw new RangeError(`the check \`${name}\` is about no asset: give \`asset\``);
    return checkSpec({ name, asset: target }, declared, { inputs, resources });
  });
  const keys = checks.map((spec) => checkKey(spec.asset as AssetKey, spec.name));
  const step: StepDefinition = {
    name: options.name ?? (keys[0] as string),
    assets: [],
    checks: keys,
    canSubset: options.canSubset ?? false,
    execution: "check",
    resources,
    ...stepFields(options),
    ...configSchemaOf(options.config),
    async run(context) {
      const values = await checkValues(context, asset, inputs);
      const answers = await ask(functionInput(context, { values, resources }) as never);
      for (const [name, answer] of Object.entries(answers)) {
        const key = keys[names.indexOf(name)];
        if (key === undefined) throw unknownCheck(name, names);
        if (answer !== undefined && isSelected(key, context.selectedChecks)) {
          context.checked(key, resultOf(answer));
        }
      }
    },
  };
  return {
    checks,
    steps: [step],
    call: async (given) => {
      const answers = Object.entries(await ask(directInput(given, options.config) as never));
      return Object.fromEntries(
        answers.flatMap(([name, answer]) => (answer === undefined ? [] : [[name, resultOf(answer)]])),
      ) as { readonly [Name in keyof Checks]?: CheckOutcome };
    },
    [definitionsMark]: true,
  };
}

/** A function that answers more than it was asked does no harm. */
function isSelected(key: CheckKey, selected: readonly CheckKey[]): boolean {
  return selected.includes(key);
}

function unknownCheck(name: string, names: readonly string[]): StepError {
  return new StepError(`\`${name}\` is no check of this function, which answers ${names.join(", ")}`, {
    retry: "never",
  });
}
