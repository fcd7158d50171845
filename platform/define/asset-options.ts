import type { AssetSpec } from "../core/asset.ts";
import type { AssetKey } from "../core/asset-key.ts";
import { metadataOf, type RawMetadata } from "../core/metadata.ts";
import type { Reference } from "../core/reference.ts";
import { type AssetReference, depOf, type LoadedInput } from "./asset-reference.ts";

/** What may be declared of an asset, in TypeScript's spelling. */
export interface AssetSpecOptions
  extends Omit<
    AssetSpec,
    "key" | "deps" | "metadata" | "groupName" | "resources" | "origins" | "answers" | "observable"
  > {
  /** Upstream assets that are only awaited. */
  readonly deps?: readonly (AssetReference | Reference | string)[];
  readonly group?: string;
  readonly metadata?: RawMetadata;
}

/** The spec of an asset whose deps are its inputs and then what is only awaited. */
export function assetSpec(
  key: AssetKey,
  { deps, group, metadata, partitionMappings, ...fields }: AssetSpecOptions,
  { inputs, resources }: { readonly inputs: readonly LoadedInput[]; readonly resources: readonly string[] },
): AssetSpec {
  const mapped = inputs.filter(({ mapping }) => mapping !== undefined);
  const mappings = {
    ...partitionMappings,
    ...Object.fromEntries(mapped.map(({ key: upstream, mapping }) => [upstream, mapping])),
  } as NonNullable<AssetSpec["partitionMappings"]>;
  return {
    ...fields,
    key,
    deps: [...inputs.map((input) => input.key), ...(deps ?? []).map(depOf)],
    ...(group === undefined ? {} : { groupName: group }),
    ...(metadata === undefined ? {} : { metadata: metadataOf(metadata) }),
    ...(Object.keys(mappings).length === 0 ? {} : { partitionMappings: mappings }),
    resources,
  };
}
