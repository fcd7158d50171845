import type { SelectableAsset, SelectionSource } from "./selection-source.ts";

const indexedAttributes = ["key", "group", "kind", "owner"] as const;
type IndexedAttribute = (typeof indexedAttributes)[number];

/** Numbers of the assets by the exact value of an attribute, made when it is first asked for. */
type SelectionIndex = { [Attribute in IndexedAttribute]?: ReadonlyMap<string, readonly number[]> };

const indexes = new WeakMap<readonly SelectableAsset[], SelectionIndex>();

/**
 * Numbers of the assets that have exactly this value, so that a thousand selections do not cost a thousand scans.
 * `undefined` for a pattern with wildcards and for attributes that have no index.
 */
export function indexedNumbers(
  source: SelectionSource,
  { attribute, pattern }: { readonly attribute: string; readonly pattern: string },
): readonly number[] | undefined {
  if (pattern.includes("*") || !isIndexed(attribute)) return undefined;
  let index = indexes.get(source.assets);
  if (index === undefined) {
    index = {};
    indexes.set(source.assets, index);
  }
  index[attribute] ??= indexOf(source, attribute);
  return index[attribute].get(pattern) ?? [];
}

function isIndexed(attribute: string): attribute is IndexedAttribute {
  return (indexedAttributes as readonly string[]).includes(attribute);
}

function indexOf(
  { assets, keyPrefix }: SelectionSource,
  attribute: IndexedAttribute,
): ReadonlyMap<string, readonly number[]> {
  const numbers = new Map<string, number[]>();
  for (const [number, asset] of assets.entries()) {
    for (const value of valuesOf(asset, attribute, keyPrefix)) {
      const known = numbers.get(value);
      if (known === undefined) numbers.set(value, [number]);
      else known.push(number);
    }
  }
  return numbers;
}

function valuesOf(
  asset: SelectableAsset,
  attribute: IndexedAttribute,
  keyPrefix: string | undefined,
): readonly string[] {
  switch (attribute) {
    case "key":
      return keyPrefix !== undefined && asset.key.startsWith(`${keyPrefix}/`)
        ? [asset.key, asset.key.slice(keyPrefix.length + 1)]
        : [asset.key];
    case "group":
      return [asset.groupName ?? "default"];
    case "kind":
      return asset.kinds ?? [];
    case "owner":
      return asset.owners ?? [];
  }
}
