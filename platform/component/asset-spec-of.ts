import type { AssetSpec } from "../core/asset.ts";
import { assetFieldNames, assetFieldsOf, isAssetFieldAttribute } from "../core/asset-fields.ts";
import { prefixAssetKey } from "../core/asset-key.ts";
import type { CodeReference } from "../core/code-reference.ts";
import type { AssetAttributes } from "../define/asset-attributes.ts";

/** The spec's field that an attribute sets. */
function specField(attribute: string): string {
  if (isAssetFieldAttribute(attribute)) return assetFieldNames[attribute];
  return attribute === "key_prefix" ? "key" : attribute;
}

/**
 * The given attributes put over a base: tags and metadata merge, a key prefix goes in front of the new or old key,
 * everything else replaces. `placeOf` tells where an attribute is written, if it is.
 */
export function specWithAttributes(
  base: AssetSpec,
  attributes: AssetAttributes,
  placeOf: (attribute: string) => CodeReference | undefined,
): AssetSpec {
  const { key, key_prefix: prefix } = attributes as AssetAttributes & { readonly key?: AssetSpec["key"] };
  const fields = assetFieldsOf(attributes);
  const origins: Record<string, CodeReference> = { ...base.origins };
  for (const [attribute, value] of Object.entries(attributes) as [string, unknown][]) {
    const place = value === undefined || value === null ? undefined : placeOf(attribute);
    if (place !== undefined) origins[specField(attribute)] = place;
  }
  const newKey = key ?? base.key;
  return {
    ...base,
    ...fields,
    ...(fields.tags === undefined ? {} : { tags: { ...base.tags, ...fields.tags } }),
    ...(fields.metadata === undefined ? {} : { metadata: { ...base.metadata, ...fields.metadata } }),
    key:
      prefix === undefined
        ? newKey
        : prefixAssetKey(typeof prefix === "string" ? prefix.split("/") : prefix, newKey),
    ...(Object.keys(origins).length > 0 ? { origins } : {}),
  };
}
