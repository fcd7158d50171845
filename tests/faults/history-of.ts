import type { RunId, RunRecord } from "../../platform/core/run.ts";
import type { Storage } from "../../platform/storage/storage.ts";
import type { StoredEvent } from "../../platform/storage/stored-event.ts";
import type { History } from "./check-history.ts";

/** All that a storage remembers of its runs. */
export async function historyOf(storage: Storage): Promise<Pick<History, "runs" | "events" | "leases">> {
  const runs: RunRecord[] = [];
  for (let before: RunId | undefined; ; before = runs.at(-1)?.id) {
    const page = await storage.listRuns({ limit: 500, ...(before === undefined ? {} : { before }) });
    runs.push(...page);
    if (page.length < 500) break;
  }
  const events: StoredEvent[] = [];
  for (const { id } of runs) {
    for (let after = 0, more = true; more; ) {
      const page = await storage.listEvents(id, { after, limit: 1000 });
      events.push(...page.events);
      ({ cursor: after, more } = page);
    }
  }
  return {
    runs,
    events: events.toSorted((a, b) => a.cursor - b.cursor),
    leases: await storage.poolLeases(),
  };
}
