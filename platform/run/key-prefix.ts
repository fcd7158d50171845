import { type AssetKey, type CheckKey, prefixAssetKey } from "../core/asset-key.ts";

/** Between the keys that user code knows and those of the plan, which carry the environment's prefix. */
export interface KeyTranslation {
  inward<K extends AssetKey | CheckKey>(key: K): K;
  outward<K extends AssetKey | CheckKey>(key: K): K;
}

/** A check's key starts with its asset's, so that the same rule holds for both. */
export function keyTranslation(prefix: string | undefined): KeyTranslation {
  if (prefix === undefined || prefix === "") return { inward: (key) => key, outward: (key) => key };
  const parts = prefix.split("/");
  const start = `${prefix}/`;
  return {
    inward: <K extends AssetKey | CheckKey>(key: K) => prefixAssetKey(parts, key as AssetKey) as K,
    outward: <K extends AssetKey | CheckKey>(key: K) =>
      (key.startsWith(start) ? key.slice(start.length) : key) as K,
  };
}
