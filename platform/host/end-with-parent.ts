import { killProcessGroups } from "../run/subprocess.ts";

/** Ends this process, its group and what its steps have started when the process that hears of its work is gone. */
export function endWithParent(): void {
  process.on("disconnect", () => {
    killProcessGroups();
    try {
      process.kill(-process.pid, "SIGKILL");
    } catch {
      process.exit(1);
    }
  });
}
