import type { PartitionsDefinition } from "../core/partitions.ts";
import { eachOrdinal } from "../partition/ordinals.ts";
import { parsePartitionSet } from "../partition/parse-partition-set.ts";
import { type PartitionMoment, partitionKeys } from "../partition/partition-keys.ts";
import { resolvePartitionSet } from "../partition/partition-set.ts";
import { InstanceError } from "./instance-error.ts";

/**
 * The key of the one partition that a text names, such as `day=2026-01-01,region=eu` or `latest`; a text that names
 * none that exists stays as it is. Throws InstanceError `invalid-partition` for several, and for dimensions that the
 * definition has not.
 */
export function askedPartition(
  text: string,
  {
    definition,
    moment,
  }: { readonly definition: PartitionsDefinition | undefined; readonly moment: PartitionMoment },
): string {
  if (definition === undefined) return text;
  const keys = partitionKeys(definition, moment);
  const ordinal = keys.indexOf(text);
  if (ordinal >= 0) return keys.at(ordinal);
  const parsed = parsePartitionSet(text, keys);
  if ("reason" in parsed) {
    if (definition.type !== "multi") return text;
    throw new InstanceError("invalid-partition", `the partition \`${text}\`: ${parsed.reason}`, parsed.hint);
  }
  const [first, second] = eachOrdinal(resolvePartitionSet(parsed.set, keys).ordinals);
  if (first !== undefined && second === undefined) return keys.at(first);
  throw new InstanceError(
    "invalid-partition",
    `\`${text}\` names several partitions`,
    "name one, such as its key or `latest`",
  );
}
