import type { AssetSpec } from "../core/asset.ts";
import { type AssetKey, checkKey, parseAssetKey } from "../core/asset-key.ts";
import type { AssetCheckSpec } from "../core/check.ts";
import { metadataOf, type RawMetadata } from "../core/metadata.ts";
import { isReference, type Reference } from "../core/reference.ts";
import type { Definitions } from "./definitions.ts";
import { isMaterializeResult, type MaterializeResult } from "./output.ts";
import type { CheckOutcome, StepContext, StepDefinition } from "./step.ts";

export const assetMark: unique symbol = Symbol.for("dop.asset");
export const checkMark: unique symbol = Symbol.for("dop.check");

/** An asset with the function that makes its value; a module's export of it is found by the loader. */
export interface AssetDefinition<T = unknown> extends Required<Pick<Definitions, "assets" | "steps">> {
  readonly key: AssetKey;
  readonly spec: AssetSpec;
  /** Calls the function directly, without a run: for tests. */
  readonly call: (inputs: { readonly [name: string]: unknown }) => Promise<T>;
  readonly [assetMark]: true;
}

/** Upstream assets by the name under which the function gets their values. */
export type AssetInputs = { readonly [name: string]: AssetDefinition | string };

export interface AssetOptions<Inputs extends AssetInputs>
  extends Omit<AssetSpec, "key" | "deps" | "metadata" | "groupName" | "resources" | "origins" | "answers"> {
  readonly key: string;
  /** Upstream assets whose values are passed in. */
  readonly ins?: Inputs;
  /** Upstream assets that are only awaited. */
  readonly deps?: readonly (AssetDefinition | Reference | string)[];
  readonly group?: string;
  readonly metadata?: RawMetadata;
  readonly resources?: readonly string[];
  readonly timeoutSeconds?: number;
}

type ValueOf<Source> = Source extends AssetDefinition<infer T> ? StoredValue<T> : unknown;

/** What is stored of an asset's result; a function that gives nothing has stored something else itself. */
type StoredValue<Result> =
  Result extends MaterializeResult<infer Value>
    ? [Value] extends [never]
      ? unknown
      : Value
    : Result extends void
      ? unknown
      : Result;

/** What an asset's function gets: its inputs and resources by name, and the step's context spread out. */
export type AssetFunctionInput<Inputs extends AssetInputs> = {
  readonly [Name in keyof Inputs]: ValueOf<Inputs[Name]>;
} & StepContext & {
    readonly context: StepContext;
    // biome-ignore lint/suspicious/noExplicitAny: a resource is known by its key alone, so its type is not
    readonly [resource: string]: any;
  };

/**
 * Defines an asset by the function that makes its value. The value goes to the asset's IO manager; `undefined`
 * means that the function has stored it itself.
 */
export function asset<const Inputs extends AssetInputs, T>(
  options: AssetOptions<Inputs>,
  make: (input: AssetFunctionInput<Inputs>) => T | Promise<T>,
): AssetDefinition<T> {
  const { key: text, ins, deps, group, metadata, resources = [], timeoutSeconds, ...fields } = options;
  const key = keyOf(text);
  const inputs = Object.entries(ins ?? {}).map(([name, source]) => [name, upstreamKey(source)] as const);
  const spec: AssetSpec = {
    ...fields,
    key,
    deps: [
      ...inputs.map(([, upstream]) => upstream),
      ...(deps ?? []).map((dep) => (isReference(dep) ? dep : upstreamKey(dep))),
    ],
    ...(group === undefined ? {} : { groupName: group }),
    ...(metadata === undefined ? {} : { metadata: metadataOf(metadata) }),
    resources,
  };
  const step: StepDefinition = {
    name: key,
    assets: [key],
    checks: [],
    canSubset: false,
    execution: fields.observable === true ? "observe" : "materialize",
    resources,
    ...(fields.pool === undefined ? {} : { pool: fields.pool }),
    ...(fields.retryPolicy === undefined ? {} : { retryPolicy: fields.retryPolicy }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    async run(context) {
      const values = await Promise.all(
        inputs.map(async ([name, upstream]) => [name, await context.load(upstream)] as const),
      );
      const input = functionInput(context, Object.fromEntries(values), resources);
      await settle(context, key, await make(input as unknown as AssetFunctionInput<Inputs>));
    },
  };
  return {
    key,
    spec,
    assets: [spec],
    steps: [step],
    call: async (input) => make(input as unknown as AssetFunctionInput<Inputs>),
    [assetMark]: true,
  };
}

export function isAssetDefinition(value: unknown): value is AssetDefinition {
  return typeof value === "object" && value !== null && assetMark in value;
}

/** A check with its function. */
export interface CheckDefinition extends Required<Pick<Definitions, "checks" | "steps">> {
  readonly spec: AssetCheckSpec;
  readonly [checkMark]: true;
}

export interface CheckOptions {
  readonly blocking?: boolean;
  readonly description?: string;
  readonly resources?: readonly string[];
  readonly additionalDeps?: readonly (AssetDefinition | string)[];
}

/** What a check's function gets: the asset's stored value, the resources by name, and the step's context. */
export type CheckFunctionInput = StepContext & {
  /** Reading it throws where it cannot be loaded, so that a check which does not read it needs none. */
  // biome-ignore lint/suspicious/noExplicitAny: the IO manager decides what a stored value is
  readonly value: any;
  readonly context: StepContext;
  // biome-ignore lint/suspicious/noExplicitAny: a resource is known by its key alone, so its type is not
  readonly [resource: string]: any;
};

/** Defines a check of an asset; it runs after the asset's step, and alone when asked for. */
// biome-ignore lint/complexity/useMaxParams: reads as a sentence of asset, name, options and question
export function check(
  target: AssetDefinition | string,
  name: string,
  options: CheckOptions,
  evaluate: (input: CheckFunctionInput) => CheckOutcome | boolean | Promise<CheckOutcome | boolean>,
): CheckDefinition {
  const asset = upstreamKey(target);
  const key = checkKey(asset, name);
  const resources = options.resources ?? [];
  const spec: AssetCheckSpec = {
    name,
    asset,
    blocking: options.blocking ?? false,
    ...(options.description === undefined ? {} : { description: options.description }),
    ...(options.additionalDeps === undefined
      ? {}
      : { additionalDeps: options.additionalDeps.map(upstreamKey) }),
    resources,
  };
  const step: StepDefinition = {
    name: key,
    assets: [],
    checks: [key],
    canSubset: false,
    execution: "check",
    resources,
    async run(context) {
      const loaded = await Promise.allSettled([context.load(asset)]);
      const input = functionInput(context, {}, resources);
      Object.defineProperty(input, "value", { enumerable: true, get: () => valueOrThrow(loaded[0]) });
      const outcome = await evaluate(input as unknown as CheckFunctionInput);
      context.checked(key, typeof outcome === "boolean" ? { passed: outcome } : outcome);
    },
  };
  return { spec, checks: [spec], steps: [step], [checkMark]: true };
}

export function isCheckDefinition(value: unknown): value is CheckDefinition {
  return typeof value === "object" && value !== null && checkMark in value;
}

function keyOf(text: string): AssetKey {
  const parsed = parseAssetKey(text);
  if ("reason" in parsed) throw new RangeError(`${parsed.reason}: ${JSON.stringify(text)}`);
  return parsed.key;
}

function upstreamKey(source: AssetDefinition | string): AssetKey {
  return typeof source === "string" ? keyOf(source) : source.key;
}

function valueOrThrow(loaded: PromiseSettledResult<unknown>): unknown {
  if (loaded.status === "rejected") throw loaded.reason;
  return loaded.value;
}

/** Names are the context's own, then resources, then inputs; later ones win. */
function functionInput(
  context: StepContext,
  values: { readonly [name: string]: unknown },
  resources: readonly string[],
): object {
  const named = Object.fromEntries(resources.map((name) => [name, context.resources[name]]));
  const input: object = Object.create(context);
  // Defined and not assigned: a name of the context that cannot be written to must not keep an input out.
  for (const [name, value] of Object.entries({ context, ...named, ...values })) {
    Object.defineProperty(input, name, { value, enumerable: true, configurable: true });
  }
  return input;
}

async function settle(context: StepContext, key: AssetKey, result: unknown): Promise<void> {
  const observes = context.step.execution === "observe";
  if (isMaterializeResult(result)) {
    const { value, ...options } = result;
    if (observes) return context.observed(key, options);
    if (value === undefined) return context.materialized(key, options);
    return context.store(key, value, options);
  }
  if (observes) return context.observed(key);
  if (result === undefined) return context.materialized(key);
  return context.store(key, result);
}
