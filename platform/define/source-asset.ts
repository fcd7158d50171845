import type { TSchema } from "typebox";
import type { AssetDefinition } from "./asset.ts";
import { type AssetOptions, asset } from "./asset.ts";
import type { AssetInputs, AssetReference, InputValues } from "./asset-reference.ts";
import type { FunctionInput, ResourceList } from "./function-input.ts";
import { isMaterializeResult, type MaterializeResult, materializeResult } from "./output.ts";
import type { ConfigOf } from "./typed-config.ts";

/** What an observation says: the data version as text, with metadata as a result, or nothing new. */
export type Observation = string | MaterializeResult<never> | undefined;

/**
 * Defines an asset that somebody else brings up to date and that is looked at: the function gives the data version
 * that it finds (a time stamp, a hash, a row count as text), and what is downstream goes stale when that changes.
 * `materializeResult({ dataVersion, metadata })` says more of it.
 */
export function sourceAsset<
  Stored = unknown,
  const Inputs extends AssetInputs = AssetInputs,
  Config extends TSchema | undefined = undefined,
  const Resources extends ResourceList = [],
>(
  options: Omit<AssetOptions<Inputs, Config, Resources>, "observable">,
  observe: (
    input: FunctionInput<InputValues<Inputs>, ConfigOf<Config>, Resources>,
  ) => Observation | Promise<Observation>,
): SourceAsset<Stored> {
  return observed({ ...options, observable: true }, (input) =>
    Promise.resolve(observe(input)).then(resultOf),
  );
}

/** `asset` without its type parameters: what stands for any schema is dear to compare with itself. */
const observed = asset as unknown as <Stored>(
  options: object,
  look: (input: never) => Promise<MaterializeResult<never>>,
) => SourceAsset<Stored>;

/** An observed asset; as an input it has the type that `sourceAsset<Row[]>(…)` says. */
export type SourceAsset<Stored = unknown> = Omit<AssetDefinition<Observation>, keyof AssetReference> &
  AssetReference<Stored>;

function resultOf(observation: Observation): MaterializeResult<never> {
  if (isMaterializeResult(observation)) return observation as MaterializeResult<never>;
  return materializeResult(observation === undefined ? {} : { dataVersion: String(observation) });
}
