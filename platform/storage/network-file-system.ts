import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import { StorageError } from "./storage-error.ts";

/** File systems whose locks SQLite cannot trust, by the number that `statfs` gives. */
const networkFileSystems: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB2"],
  [0x517b, "SMB"],
  [0x564c, "NCP"],
  [0x5346414f, "AFS"],
  [0x73757245, "Coda"],
  [0x01021997, "9P"],
  [0x00c36400, "Ceph"],
  [0x0bd00bd0, "Lustre"],
  [0x47504653, "GPFS"],
]);

/** Name of the network file system of this number, if it is one. */
export function networkFileSystem(type: number): string | undefined {
  return networkFileSystems.get(type >>> 0);
}

/** Throws StorageError where the folder of `file` lies on a network file system. */
export function refuseNetworkFileSystem(file: string): void {
  // The numbers are Linux's; other systems give their own, none of which is in the table.
  const name = networkFileSystem(statfsSync(dirname(file)).type);
  if (name === undefined) return;
  throw new StorageError(
    "network-file-system",
    `${file} lies on ${name}, where SQLite loses data: put the project's state on a local disk or use Postgres`,
  );
}
