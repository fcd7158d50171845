import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { onTestFinished } from "vitest";
import type { Instance } from "../../platform/instance/instance.ts";
import { openInstance } from "../../platform/instance/open-instance.ts";
import { copyProject } from "../host/project-copy.ts";

/** Settings of `dop.queue`, as package.json has them. */
export function packageWith(queue: object, more: object = {}): string {
  return JSON.stringify({ name: "tiny-shop", private: true, type: "module", dop: { queue, ...more } });
}

export interface RunningProject {
  readonly root: string;
  readonly instance: Instance;
  readonly runs: Instance["runs"];
  /** Lines of a file below the root that steps write; none while it is not there. */
  lines(file: string): string[];
  /** Resolves with the lines when there are so many. */
  untilLines(file: string, count: number): Promise<string[]>;
}

/** A copy of the tiny shop with more files, opened as a server that runs whatever is queued. */
export async function runningProject(files: { readonly [path: string]: string }): Promise<RunningProject> {
  const { root } = copyProject("tiny-shop", files);
  return openedProject(root);
}

export async function openedProject(root: string): Promise<RunningProject> {
  const instance = await openInstance({ root, watch: true });
  onTestFinished(async () => await instance[Symbol.asyncDispose]());
  return { root, instance, runs: instance.runs, ...linesOf(root) };
}

export function linesOf(root: string): Pick<RunningProject, "lines" | "untilLines"> {
  const lines = (file: string) => {
    const path = join(root, file);
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  };
  return {
    lines,
    async untilLines(file, count) {
      for (;;) {
        const found = lines(file);
        if (found.length >= count) return found;
        await delay(20);
      }
    },
  };
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const status = `/proc/${pid}/status`;
  // Dead, but nobody has asked for its exit code yet.
  return !existsSync(status) || !/^State:\s+Z/m.test(readFileSync(status, "utf8"));
}

export async function untilDead(pid: number): Promise<void> {
  while (isAlive(pid)) await delay(20);
}
