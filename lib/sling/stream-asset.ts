import { createHash } from "node:crypto";
import { type AssetKey, type AssetSpec, assetKey, type Json } from "#platform";
import { dagsterMeta, nameParts, type StreamDefinition, sanitized } from "./replication.ts";

/**
 * The asset of a stream before any translation: `target/…` with the parts of its object (or its own name), and
 * upstream the parts of its name. `meta.dagster` names another key, deps, group and description. Throws TypeError for
 * a key there that is not written as Sling names become keys.
 */
export function streamAsset(stream: StreamDefinition): AssetSpec {
  const { name, config } = stream;
  const meta = dagsterMeta(config);
  const object = typeof config["object"] === "string" ? config["object"] : name;
  const description = meta["description"] ?? config["description"];
  return {
    key:
      meta["asset_key"] === undefined
        ? assetKey("target", ...nameParts(object))
        : writtenKey(meta["asset_key"]),
    deps: depsOf(meta["deps"]) ?? [assetKey(...nameParts(name))],
    kinds: ["sling"],
    codeVersion: createHash("md5").update(JSON.stringify(config)).digest("hex"),
    metadata: { stream_config: { type: "json", value: config as Json } },
    ...(typeof description === "string" ? { description } : {}),
    ...(typeof meta["group"] === "string" ? { groupName: meta["group"] } : {}),
  };
}

function depsOf(written: unknown): AssetKey[] | undefined {
  if (written === undefined || written === null) return undefined;
  return (Array.isArray(written) ? written : [written]).map(writtenKey);
}

function writtenKey(written: unknown): AssetKey {
  const text = String(written);
  if (text !== sanitized(text) || text === "") {
    throw new TypeError(
      `\`${text}\` is no key of a Sling stream: write parts of a-z, 0-9 and _, joined by dots`,
    );
  }
  return assetKey(...text.split("."));
}
