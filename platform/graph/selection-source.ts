import type { AssetKey } from "../core/asset-key.ts";
import type { Metadata } from "../core/metadata.ts";
import type { Adjacency } from "./adjacency.ts";

/** What selections ask of an asset. */
export interface SelectableAsset {
  readonly key: AssetKey;
  readonly groupName?: string;
  readonly tags?: { readonly [key: string]: string };
  readonly kinds?: readonly string[];
  readonly owners?: readonly string[];
  readonly metadata?: Metadata;
}

/** Assets to select among. */
export interface SelectionSource {
  readonly assets: readonly SelectableAsset[];
  /** Edges over the numbers of `assets`; asked for only by selections that follow them. */
  readonly adjacency: Adjacency;
  /** Put in front of every key by the environment; patterns match with and without it. */
  readonly keyPrefix?: string | undefined;
}

/** Attributes whose answers lie outside the definitions. */
export const outsideAttributes = ["code_location", "status", "changed_in_branch"] as const;
export type OutsideAttribute = (typeof outsideAttributes)[number];

/** Answers to them; a value may have wildcards already resolved by the caller. */
export type SelectionFacts = {
  readonly [Attribute in OutsideAttribute]?: (asset: AssetKey, value: string) => boolean;
};
