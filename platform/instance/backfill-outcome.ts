import { nextRetry } from "../automation/next-retry.ts";
import type { QueueSettings } from "../core/queue.ts";
import { isTerminal, type RunId, type RunRecord } from "../core/run.ts";
import type { Storage } from "../storage/storage.ts";

export type OutcomeStorage = Pick<Storage, "childRuns" | "listEvents">;

/** What became of a run that a backfill asked for. */
export type BackfillOutcome =
  | { readonly type: "open" }
  /** Another run does its work again. */
  | { readonly type: "replaced"; readonly by: RunId }
  | { readonly type: "success" }
  /** Keys of partitions that it or a run before it brought up to date, by asset; "" for the unpartitioned one. */
  | { readonly type: "failure" | "canceled"; readonly made: ReadonlyMap<string, readonly string[]> };

/** A retry that has not come so long after its moment is not waited for any more. */
const patienceMs = 600_000;
const pageSize = 5_000;

export async function backfillOutcome(
  storage: OutcomeStorage,
  run: RunRecord,
  {
    settings,
    now,
  }: { readonly settings: Pick<QueueSettings, "retryPolicy">; readonly now: Temporal.Instant },
): Promise<BackfillOutcome> {
  if (!isTerminal(run.status)) return { type: "open" };
  if (run.status === "success") return { type: "success" };
  const root = run.request.reexecution?.root ?? run.id;
  const line = await storage.childRuns(root);
  const again = line.findLast(({ request }) => request.reexecution?.parent === run.id);
  if (again !== undefined) return { type: "replaced", by: again.id };
  const retry = nextRetry(run, line, settings);
  if (retry !== undefined && now.epochMilliseconds < retry.dueAtMs + patienceMs) return { type: "open" };
  const made = new Map<string, string[]>();
  for (const id of new Set([root, ...line.map((one) => one.id), run.id])) await addMade(storage, id, made);
  return { type: run.status === "canceled" ? "canceled" : "failure", made };
}

async function addMade(storage: OutcomeStorage, id: RunId, made: Map<string, string[]>): Promise<void> {
  for (let after = 0; ; ) {
    const page = await storage.listEvents(id, { after, limit: pageSize, types: ["asset.materialized"] });
    for (const { event } of page.events) {
      if (event.type !== "asset.materialized") continue;
      const keys = made.get(event.asset) ?? [];
      made.set(event.asset, keys);
      keys.push(event.partition ?? "");
    }
    if (!page.more) return;
    after = page.cursor;
  }
}
