import { readFileSync } from "node:fs";

/**
 * Clock ticks between the system's start and the process's, which tell it from a later one with the same number.
 * `undefined` where there is no such process, and on systems that do not tell.
 */
export function startOfProcess(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Fields are counted behind the name, which may hold blanks and brackets.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
