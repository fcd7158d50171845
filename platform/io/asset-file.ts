import { join, posix } from "node:path";
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
  return join(assetFolder(folder, asset), `${sliceName(partition)}.${extension}`);
}

export function assetFolder(folder: string, asset: AssetKey): string {
  return join(folder, ...folderNames(asset));
}

/** The same for stores whose keys are texts with slashes; `prefix` is empty or stands in front with a slash. */
export function assetObjectKey(prefix: string, asset: AssetKey, name: string): string {
  return posix.join(prefix, ...folderNames(asset), name);
}

/** Name, without the extension, of the file that holds a slice; `undefined` is the whole asset. */
export function sliceName(partition: string | undefined): string {
  return partition === undefined ? wholeName : partitionFileName(partition);
}

/** Extension of the file beside a slice whose name is too short to tell the partition. */
export const keyExtension = "key";

/** Whether a name tells its partition only in part, so that the key has to be kept beside it. */
export function isShortened(name: string): boolean {
  return name.length === shortLength && /%[0-9a-f]{40}$/.test(name);
}

/** The partition key of a name that is not shortened. */
export function partitionOfName(name: string): string {
  // The characters `=` and `,` are encoded wherever they are part of a key.
  if (!name.includes("=")) return decoded(name);
  const pairs = name.split(",").map((pair) => pair.split("=").map(decoded) as [string, string]);
  return JSON.stringify(Object.fromEntries(pairs));
}

function folderNames(asset: AssetKey): string[] {
  return assetKeyParts(asset).map((part) => shortened(encoded(part, /[^A-Za-z0-9_-]/gu)));
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
  return text.replaceAll(unsafe, (character) => {
    // Half a character has no bytes of its own.
    if (/^\p{Surrogate}$/u.test(character)) return `%u${hex(character.charCodeAt(0), 4)}`;
    return Array.from(Buffer.from(character), (byte) => `%${hex(byte, 2)}`).join("");
  });
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0").toUpperCase();
}

function decoded(name: string): string {
  if (name === "%") return "";
  return name.replaceAll(/%u([0-9A-F]{4})|(?:%[0-9A-F]{2})+/g, (bytes, half: string | undefined) =>
    half === undefined
      ? Buffer.from(bytes.replaceAll("%", ""), "hex").toString("utf8")
      : String.fromCharCode(Number.parseInt(half, 16)),
  );
}

const longestName = 200;
const keptStart = 150;
const shortLength = keptStart + 1 + 40;

/** File systems allow 255 bytes; a longer name keeps its start and gets a hash. */
function shortened(name: string): string {
  if (name.length <= longestName) return name;
  // Rarely needed, and slow to load.
  const hash = process
    .getBuiltinModule("node:crypto")
    .createHash("sha256")
    .update(name)
    .digest("hex")
    .slice(0, 40);
  return `${name.slice(0, keptStart)}%${hash}`;
}
