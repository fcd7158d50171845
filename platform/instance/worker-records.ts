import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killProcessGroup } from "../host/hosted-process.ts";
import { startOfProcess } from "./process-start.ts";

/** Notes about processes that execute runs, so that the next owner finds what a crash has left. */
export interface WorkerRecords {
  /** To be called before the run is given to the worker. */
  add(pid: number): WorkerRecord;
}

export interface WorkerRecord extends Disposable {
  /** A process group that the worker has started, or that has ended. */
  note(group: number, state: "started" | "ended"): void;
}

interface RecordedProcess {
  readonly pid: number;
  /** Tells it from a later process with the same number. */
  readonly start?: string | undefined;
}

interface Recorded {
  readonly worker: RecordedProcess;
  readonly groups: readonly RecordedProcess[];
}

/** Keeps one file a worker in `folder`, which is made when missing. */
export function createWorkerRecords(folder: string): WorkerRecords {
  mkdirSync(folder, { recursive: true });
  return {
    add(pid) {
      const file = join(folder, `${pid}.json`);
      const worker = recorded(pid);
      const groups = new Map<number, RecordedProcess>();
      const write = () => {
        // Written aside and moved, so that a reader never sees half of it.
        const text = JSON.stringify({ worker, groups: [...groups.values()] } satisfies Recorded);
        writeFileSync(`${file}.new`, text);
        renameSync(`${file}.new`, file);
      };
      write();
      return {
        note(group, state) {
          if (state === "started") groups.set(group, recorded(group));
          else groups.delete(group);
          write();
        },
        [Symbol.dispose]: () => rmSync(file, { force: true }),
      };
    },
  };
}

/** Kills what the workers of an owner that is gone have left running, and forgets it. Gives how many there were. */
export function killOrphans(folder: string): number {
  let killed = 0;
  for (const name of namesIn(folder)) {
    const file = join(folder, name);
    const found = name.endsWith(".json") ? readRecord(file) : undefined;
    for (const process of found === undefined ? [] : [...found.groups, found.worker]) {
      // Where the system does not tell when a process began, it may be a stranger by now.
      const isSame = process.start !== undefined && process.start === startOfProcess(process.pid);
      if (isSame && killProcessGroup(process.pid)) killed += 1;
    }
    rmSync(file, { force: true });
  }
  return killed;
}

function recorded(pid: number): RecordedProcess {
  return { pid, start: startOfProcess(pid) };
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readRecord(file: string): Recorded | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Recorded;
  } catch {
    return undefined;
  }
}
