import { randomBytes } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { InstanceError } from "./instance-error.ts";
import { startOfProcess } from "./process-start.ts";

/** Who owns a project's records, as `.dop/owner.json` says. */
export interface Owner {
  readonly pid: number;
  /** Port of its API on 127.0.0.1; null while it serves none. */
  readonly port: number | null;
  /** What a command of the same user shows to be let in. */
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
}

/** The right to write a project's records, held by one process at a time. */
export interface OwnerLock extends Disposable {
  readonly owner: Owner;
  /** Tells others where the owner's API listens. */
  publishPort(port: number): void;
}

/** A takeover is a matter of microseconds; one that stands longer was left by a crash. */
const abandonedGuardMs = 5000;

/** Lock files that this process holds. */
const held = new Set<string>();

/** Another living process owns the project. */
export class OwnedElsewhereError extends InstanceError {
  readonly owner: Owner;

  constructor(owner: Owner, root: string) {
    const where = owner.port === null ? "which serves no API" : `which serves http://127.0.0.1:${owner.port}`;
    super(
      "owned-elsewhere",
      `${root} is in use by process ${owner.pid}, ${where}`,
      "wait for it to end, or end it",
    );
    this.owner = owner;
  }
}

/**
 * Makes this process the owner, or throws OwnedElsewhereError. A lock whose process is dead is taken over.
 *
 * `owner.lock` is created exclusively and holds the process's id; `owner.json` (mode 0600) is for readers.
 */
export async function acquireOwnerLock(root: string, stateFolder: string): Promise<OwnerLock> {
  mkdirSync(stateFolder, { recursive: true });
  const lockFile = join(stateFolder, "owner.lock");
  const owner: Owner = {
    pid: process.pid,
    port: null,
    token: randomBytes(24).toString("base64url"),
    startedAt: Date.now(),
  };
  for (let attempt = 0; !createLock(lockFile); attempt++) {
    const holder = livingHolder(lockFile);
    if (holder !== undefined) {
      // A just-started owner has its lock before its owner.json.
      const other = readOwner(stateFolder);
      throw new OwnedElsewhereError(
        other?.pid === holder ? other : { ...owner, pid: holder, token: "" },
        root,
      );
    }
    if (attempt === 300) throw new Error(`${lockFile} cannot be taken over`);
    removeStaleLock(lockFile);
    if (attempt > 0) await delay(20);
  }
  held.add(lockFile);
  let current = owner;
  writeOwner(stateFolder, current);
  return {
    get owner() {
      return current;
    },
    publishPort(port) {
      current = { ...current, port };
      writeOwner(stateFolder, current);
    },
    [Symbol.dispose]() {
      if (!held.delete(lockFile)) return;
      rmSync(join(stateFolder, "owner.json"), { force: true });
      rmSync(lockFile, { force: true });
    },
  };
}

/** The living owner of a project, if there is one. */
export function findOwner(stateFolder: string): Owner | undefined {
  const holder = livingHolder(join(stateFolder, "owner.lock"));
  const owner = readOwner(stateFolder);
  return holder !== undefined && owner?.pid === holder ? owner : undefined;
}

/** Whether the lock is ours now. It appears with its content, so nobody reads half of it. */
function createLock(lockFile: string): boolean {
  const text = `${process.pid} ${startOfProcess(process.pid) ?? ""}\n`;
  const aside = `${lockFile}.${process.pid}`;
  try {
    writeFileSync(aside, text, { mode: 0o600 });
    linkSync(aside, lockFile);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    // File systems without hard links.
    if (isCode(error, "EPERM") || isCode(error, "ENOTSUP") || isCode(error, "EOPNOTSUPP"))
      return createFile(lockFile, text);
    throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function createFile(file: string, text: string): boolean {
  try {
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

/** Only one process at a time may remove a stale lock: a second could remove the one that the first has just made. */
function removeStaleLock(lockFile: string): void {
  const guard = `${lockFile}.takeover`;
  if (!createFile(guard, "")) {
    const madeAt = statSync(guard, { throwIfNoEntry: false })?.mtimeMs;
    if (madeAt !== undefined && Date.now() - madeAt > abandonedGuardMs) rmSync(guard, { force: true });
    return;
  }
  try {
    if (livingHolder(lockFile) === undefined) rmSync(lockFile, { force: true });
  } finally {
    rmSync(guard, { force: true });
  }
}

/**
 * The process that holds the lock, if it is the one that wrote it: ids are given again, and in a container the first
 * process always has the same.
 */
function livingHolder(lockFile: string): number | undefined {
  const holder = readHolder(lockFile);
  if (holder === undefined || !isAlive(holder.pid)) return undefined;
  if (holder.pid === process.pid && !held.has(lockFile)) return undefined;
  const startedAt = startOfProcess(holder.pid);
  return holder.start === undefined || startedAt === undefined || holder.start === startedAt
    ? holder.pid
    : undefined;
}

function readHolder(lockFile: string): { pid: number; start: string | undefined } | undefined {
  try {
    const [pid = "", start] = readFileSync(lockFile, "utf8").trim().split(" ");
    return /^[1-9]\d*$/.test(pid) ? { pid: Number(pid), start } : undefined;
  } catch {
    return undefined;
  }
}

function readOwner(stateFolder: string): Owner | undefined {
  try {
    return JSON.parse(readFileSync(join(stateFolder, "owner.json"), "utf8")) as Owner;
  } catch {
    return undefined;
  }
}

function writeOwner(stateFolder: string, owner: Owner): void {
  const file = join(stateFolder, "owner.json");
  // Written aside and moved, so that a reader never sees half of it.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(owner), { mode: 0o600 });
  renameSync(`${file}.${process.pid}`, file);
}

/** Whether a process has this id; one of another user counts. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
