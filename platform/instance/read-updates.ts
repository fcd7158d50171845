import type { FactChanges } from "../storage/fact-changes.ts";
import type { Storage } from "../storage/storage.ts";
import type { EventCursor } from "../storage/stored-event.ts";
import type { UpdateFacts } from "../storage/update-facts.ts";

/** What the log tells after one place up to another, and the facts as they are there. */
export interface UpdatesRead {
  readonly cursor: EventCursor;
  readonly changes: Pick<FactChanges, "updates" | "checks" | "ended">;
  readonly facts: UpdateFacts;
}

/** Events that are read at once. */
const pageSize = 5_000;

/**
 * Reads both so that they end at the same place: where something newer shows in the facts, the log is read on. With
 * `all` the facts are those of everything; else of what changed.
 */
export async function readUpdates(
  storage: Pick<Storage, "changesSince" | "updateFacts">,
  { after, all }: { readonly after: EventCursor; readonly all: boolean },
): Promise<UpdatesRead> {
  const updates: FactChanges["updates"][number][] = [];
  const checks: FactChanges["checks"][number][] = [];
  const ended: FactChanges["ended"][number][] = [];
  let cursor = after;
  for (;;) {
    for (let more = true; more; ) {
      const page = await storage.changesSince(cursor, pageSize);
      updates.push(...page.updates);
      checks.push(...page.checks);
      ended.push(...page.ended);
      ({ cursor, more } = page);
    }
    const facts = await storage.updateFacts(
      all
        ? {}
        : {
            after,
            assets: [...new Set(updates.map(({ asset }) => asset))],
            checks: [...new Set(checks.map(({ check }) => check))],
          },
    );
    if (newestOf(facts) <= cursor) return { cursor, facts, changes: { updates, checks, ended } };
  }
}

function newestOf({ updates, answers }: UpdateFacts): EventCursor {
  let newest = 0;
  for (const { cursor } of updates) newest = Math.max(newest, cursor);
  for (const { cursor } of answers) newest = Math.max(newest, cursor);
  return newest;
}
