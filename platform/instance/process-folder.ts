import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { startOfProcess } from "./process-start.ts";
import { killOrphans } from "./worker-records.ts";

/** The notes of one of several processes about its workers. */
export interface ProcessFolder extends Disposable {
  readonly folder: string;
}

/**
 * Makes a folder for the notes of this process, and ends what processes of this machine that are gone have left running.
 * Notes of other machines, which may share the disk, are theirs.
 */
export function createProcessFolder(parent: string): ProcessFolder {
  mkdirSync(parent, { recursive: true });
  const machine = `${hostname()} `;
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(machine) || isThere(name.slice(machine.length))) continue;
    killOrphans(join(parent, name));
    rmSync(join(parent, name), { recursive: true, force: true });
  }
  const folder = join(parent, `${machine}${process.pid} ${startOfProcess(process.pid) ?? ""}`);
  mkdirSync(folder, { recursive: true });
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Whether the process of a number and a start is the one that has the number now. */
function isThere(name: string): boolean {
  const [pid = "", start = ""] = name.split(" ");
  const now = startOfProcess(Number(pid));
  // Where the system tells no start, a process may be there.
  return start === "" || now === start;
}
