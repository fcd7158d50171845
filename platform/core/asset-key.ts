/** The identity of an asset: its parts joined by `/`, such as `raw/orders`. */
export type AssetKey = string & { readonly __brand: "AssetKey" };

/** The identity of a check: `raw/orders:not_empty`. */
export type CheckKey = string & { readonly __brand: "CheckKey" };

/** Throws RangeError when a part is empty or holds a `/`, or when there is no part. */
export function assetKey(...parts: readonly string[]): AssetKey {
  if (parts.length === 0) throw new RangeError("an asset key needs at least one part");
  for (const part of parts) {
    if (part === "") throw new RangeError("a part of an asset key is empty");
    if (part.includes("/")) throw new RangeError(`a part of an asset key holds a slash: ${part}`);
  }
  return parts.join("/") as AssetKey;
}

/** Reads `db/schema/table`; gives the reason as text where it is no asset key. */
export function parseAssetKey(text: string): { key: AssetKey } | { reason: string } {
  if (text.trim() === "") return { reason: "an asset key is empty" };
  if (text !== text.trim()) return { reason: "an asset key starts or ends with a blank" };
  if (text.split("/").includes("")) return { reason: "a part of an asset key is empty" };
  if (hasControlCharacter(text)) return { reason: "an asset key holds a control character" };
  return { key: text as AssetKey };
}

export function assetKeyParts(key: AssetKey): string[] {
  return key.split("/");
}

/** Puts `prefix` in front of a key. */
export function prefixAssetKey(prefix: readonly string[], key: AssetKey): AssetKey {
  return [...prefix, key].join("/") as AssetKey;
}

export function checkKey(asset: AssetKey, name: string): CheckKey {
  return `${asset}:${name}` as CheckKey;
}

function hasControlCharacter(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) < 0x20) return true;
  }
  return false;
}
