/** The partition under which the facts of the unpartitioned asset are kept; no partition key is empty. */
const unpartitioned = "";

export function encodePartition(partition: string | null): string {
  return partition ?? unpartitioned;
}

export function decodePartition(partition: string): string | null {
  return partition === unpartitioned ? null : partition;
}
