import type { AssetSpec } from "../core/asset.ts";
import { type AssetSpecOptions, assetSpec } from "./asset-options.ts";
import { type AssetReference, assetMark, keyOf } from "./asset-reference.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";

export interface ExternalAsset<Stored = unknown>
  extends AssetReference<Stored>,
    Required<Pick<Definitions, "assets">> {
  readonly spec: AssetSpec;
  readonly [definitionsMark]: true;
}

/**
 * Defines an asset that somebody else brings up to date: it is in the graph, can be an input and have checks, and is
 * never run. `externalAsset<Row[]>({ … })` says what its stored value is.
 */
export function externalAsset<Stored = unknown>(
  options: AssetSpecOptions & { readonly key: string },
): ExternalAsset<Stored> {
  const { key: text, ...fields } = options;
  const key = keyOf(text);
  const spec = assetSpec(key, fields, { inputs: [], resources: [] });
  return { key, spec, assets: [spec], [assetMark]: true, [definitionsMark]: true };
}
