import { type AssetKey, parseAssetKey } from "../core/asset-key.ts";
import { isReference, type Reference } from "../core/reference.ts";
import type { AttributeType } from "./attribute-type.ts";

/** `db/schema/table`, a list of parts, or a reference to another component's asset. */
export const assetKeyType: AttributeType<AssetKey | Reference> = {
  name: "asset-key",
  written: { type: "string", minLength: 1, description: "An asset key, with `/` between its parts." },
  isReady: (value): value is AssetKey | Reference => isReference(value),
  read(value, report) {
    if (Array.isArray(value) && value.length > 0 && value.every((part) => typeof part === "string")) {
      return assetKeyType.read(value.join("/"), report);
    }
    if (typeof value !== "string") {
      const given = value === null ? "null" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
      report([], {
        code: "invalid-asset-key",
        message: `an asset key is text such as \`raw/orders\`, not ${given}`,
        ...(value === null ? { hint: "the variable or name that it comes from has no value" } : {}),
      });
      return undefined;
    }
    const parsed = parseAssetKey(value.trim());
    if ("key" in parsed) return parsed.key;
    report([], { code: "invalid-asset-key", message: parsed.reason });
    return undefined;
  },
};
