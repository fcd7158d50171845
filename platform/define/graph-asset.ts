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
  type LoadedInput,
} from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { assetGraphSteps } from "./graph-steps.ts";
import { type Handle, handleOf } from "./handle.ts";
import type { AssetTable } from "./multi-asset.ts";

/** The assets that enter a graph, as handles; the ops that take them load their values. */
export type AssetHandles<Inputs extends AssetInputs> = {
  readonly [Name in keyof Inputs]: Handle<InputValues<Inputs>[Name]>;
};

export interface GraphAssetDefinition<Stored = unknown>
  extends AssetReference<Stored>,
    Required<Pick<Definitions, "assets" | "steps">> {
  readonly spec: AssetSpec;
  readonly [definitionsMark]: true;
}

/**
 * Defines an asset that is made by several ops: `wire` calls them as that of a `graph` does, and what it gives is
 * stored. The steps are named after the key, such as `mart/orders.clean`, and run together or not at all.
 */
export function graphAsset<const Inputs extends AssetInputs, Stored>(
  options: AssetSpecOptions & { readonly key: string; readonly ins?: Inputs },
  wire: (inputs: AssetHandles<Inputs>) => Handle<Stored>,
): GraphAssetDefinition<Stored> {
  const { key: text, ins, ...fields } = options;
  const key = keyOf(text);
  const inputs = inputsOf(ins);
  const { steps, optional } = assetGraphSteps(
    { graph: key, build: () => wire(handlesOf(inputs) as AssetHandles<Inputs>) },
    () => new Map([[undefined, key]]),
  );
  const spec = graphAssetSpec(key, fields, { inputs, optional });
  return { key, spec, assets: [spec], steps, [assetMark]: true, [definitionsMark]: true };
}

export interface GraphMultiAssetDefinition<Outs extends AssetTable, Result>
  extends Required<Pick<Definitions, "assets" | "steps">> {
  /** Its assets by name, to be taken as inputs. */
  readonly outs: {
    readonly [Name in keyof Outs]: AssetReference<
      Name extends keyof Result ? (Result[Name] extends Handle<infer Stored> ? Stored : unknown) : unknown
    > & { readonly spec: AssetSpec };
  };
  readonly [definitionsMark]: true;
}

/** Defines several assets that the ops of one graph make; `wire` gives a value for each by its name. */
export function graphMultiAsset<
  const Outs extends AssetTable,
  const Inputs extends AssetInputs,
  Result extends { readonly [Name in keyof Outs]: Handle },
>(
  options: { readonly name: string; readonly outs: Outs; readonly ins?: Inputs },
  wire: (inputs: AssetHandles<Inputs>) => Result,
): GraphMultiAssetDefinition<Outs, Result> {
  const inputs = inputsOf(options.ins);
  const keys = new Map(Object.entries(options.outs).map(([name, { key }]) => [name, keyOf(key ?? name)]));
  const { steps, optional } = assetGraphSteps(
    { graph: options.name, build: () => wire(handlesOf(inputs) as AssetHandles<Inputs>) },
    (results) => {
      const unknown = results.find((name) => !keys.has(name ?? ""));
      if (unknown !== undefined)
        throw new TypeError(`the graph gives \`${unknown}\`, which is none of its assets`);
      return keys;
    },
  );
  const outs = Object.entries(options.outs).map(([name, { key: _key, ...fields }]) => {
    const key = keys.get(name) as AssetKey;
    return [
      name,
      { key, spec: graphAssetSpec(key, fields, { inputs, optional }), [assetMark]: true },
    ] as const;
  });
  return {
    outs: Object.fromEntries(outs) as unknown as GraphMultiAssetDefinition<Outs, Result>["outs"],
    assets: outs.map(([, { spec }]) => spec),
    steps,
    [definitionsMark]: true,
  };
}

function handlesOf(inputs: readonly LoadedInput[]): { readonly [name: string]: Handle } {
  return Object.fromEntries(inputs.map(({ name, key }) => [name, handleOf({ kind: "asset", asset: key })]));
}

/** An asset whose value is an optional output may be left as it is. */
function graphAssetSpec(
  key: AssetKey,
  fields: AssetSpecOptions,
  { inputs, optional }: { readonly inputs: readonly LoadedInput[]; readonly optional: ReadonlySet<AssetKey> },
): AssetSpec {
  const spec = assetSpec(key, fields, { inputs, resources: [] });
  return optional.has(key) ? { ...spec, skippable: true } : spec;
}
