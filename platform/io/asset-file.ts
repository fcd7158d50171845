import { createHash } from "node:crypto";
import { join } from "node:path";
import { type AssetKey, assetKeyParts } from "../core/asset-key.ts";
import { isPlainObject } from "../core/secret.ts";

/** Name of the file of an asset without partitions; no partition's file has it. */
const wholeName = "_";

/**
 * Where an asset's files lie: `<folder>/<key parts>/_.parquet`, or one file per partition with its key as the name.
 *
 * Keys are percent-encoded, so that no two of them share a file and none leaves the folder.
 */
export function assetFile(
  folder: string,
  { asset, partition, extension }: { asset: AssetKey; partition: string | undefined; extension: string },
): string {
  const name = partition === undefined ? wholeName : partitionFileName(partition);
  return join(assetFolder(folder, asset), `${name}.${extension}`);
}

export function assetFolder(folder: string, asset: AssetKey): string {
  return join(folder, ...assetKeyParts(asset).map((part) => shortened(encoded(part, /[^A-Za-z0-9_-]/gu))));
}

/** A file name for any text: percent-encoded, at most 200 characters, different for different texts. */
export function fileNameOf(text: string): string {
  return shortened(encodedPartition(text));
}

/** Whether a file of an asset's folder is one of a partition. */
export function isPartitionFile(name: string, extension: string): boolean {
  return name.endsWith(`.${extension}`) && name !== `${wholeName}.${extension}` && !name.startsWith(".");
}

/** `2026-01-01` stays, a multi key becomes `day=2026-01-01,region=eu`. */
function partitionFileName(partition: string): string {
  const dimensions = multiKeyOf(partition);
  if (dimensions === undefined) return shortened(encodedPartition(partition));
  const pairs = Object.entries(dimensions).map(
    ([name, key]) => `${encodedPartition(name)}=${encodedPartition(key)}`,
  );
  return shortened(pairs.join(","));
}

function multiKeyOf(partition: string): { readonly [dimension: string]: string } | undefined {
  if (!partition.startsWith("{")) return undefined;
  try {
    const value: unknown = JSON.parse(partition);
    const isMultiKey =
      isPlainObject(value) &&
      Object.keys(value).length > 0 &&
      Object.values(value).every((key) => typeof key === "string") &&
      JSON.stringify(value) === partition;
    return isMultiKey ? (value as { readonly [dimension: string]: string }) : undefined;
  } catch {
    return undefined;
  }
}

function encodedPartition(text: string): string {
  // A dot or an underscore in front would be a hidden file or the file of the whole asset.
  return encoded(text, /[^A-Za-z0-9_.-]|^[._]/gu);
}

function encoded(text: string, unsafe: RegExp): string {
  if (text === "") return "%";
  return text.replaceAll(unsafe, (character) =>
    Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).padStart(2, "0").toUpperCase()}`).join(
      "",
    ),
  );
}

/** File systems allow 255 bytes; a longer name keeps its start and gets a hash. */
function shortened(name: string): string {
  if (name.length <= 200) return name;
  return `${name.slice(0, 150)}%${createHash("sha256").update(name).digest("hex").slice(0, 40)}`;
}
