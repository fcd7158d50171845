import { spawn } from "node:child_process";
import { once } from "node:events";
import { watchTree } from "../host/watch-tree.ts";
import type { CommandContext } from "./command-context.ts";
import { projectRoot } from "./project-choice.ts";
import type { CheckOptions } from "./run-check.ts";

/**
 * Checks again after each change, until it is interrupted. Every check has a process of its own, because modules of
 * the project that are imported once stay in a process for good.
 */
export async function checkOnChange(
  options: Omit<CheckOptions, never>,
  context: CommandContext,
): Promise<number> {
  const root = projectRoot(options, context);
  let changed = Promise.withResolvers<void>();
  using _watcher = watchTree(root, { onChange: () => changed.resolve() });
  const interrupted = once(context.signal, "abort");
  const args = process.argv.slice(1).filter((arg) => arg !== "--watch" && arg !== "-w");
  while (!context.signal.aborted) {
    changed = Promise.withResolvers<void>();
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      cwd: context.folder,
      stdio: "inherit",
    });
    await once(child, "close");
    if (context.signal.aborted) break;
    context.say(`watching ${root}`);
    await Promise.race([changed.promise, interrupted]);
  }
  return 130;
}
