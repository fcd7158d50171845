import type { Storage } from "../storage/storage.ts";
import { purgeDeliveries } from "./purge-deliveries.ts";
import { purgeRunFiles } from "./purge-files.ts";
import type { ServerLog } from "./server-log.ts";
import { createWorkLoop, type WorkLoop } from "./work-loop.ts";

export interface RetentionLoopOptions {
  readonly storage: Storage;
  /** What nobody needs of runs that ended so long ago is removed. */
  readonly runsSeconds: number;
  /** Folders that hold a folder for each run. Absolute. */
  readonly runFolders: readonly string[];
  readonly log: ServerLog;
  now(): Temporal.Instant;
}

const everyMs = 3_600_000;

/** Removes hour by hour what has grown old; what is told of assets and checks stays. */
export function createRetentionLoop({
  storage,
  runsSeconds,
  runFolders,
  log,
  now,
}: RetentionLoopOptions): WorkLoop {
  return createWorkLoop({
    everyMs,
    async work() {
      const beforeMs = now().epochMilliseconds - runsSeconds * 1000;
      const counts = {
        ...(await storage.purge({ beforeMs })),
        deliveries: await purgeDeliveries(storage, { beforeMs, dryRun: false }),
        folders: await purgeRunFiles(storage, { folders: runFolders, beforeMs, dryRun: false }),
      };
      if (Object.values(counts).some((count) => count > 0)) log.info("old records were removed", counts);
    },
    onError: (error) => log.error("old records could not be removed", { err: error }),
  });
}
