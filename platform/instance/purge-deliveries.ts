import type { Storage } from "../storage/storage.ts";
import { handledDeliveries, markedAt } from "./webhooks.ts";

export interface OldDeliveries {
  readonly beforeMs: number;
  readonly dryRun: boolean;
}

const marksAtOnce = 1000;

/**
 * Forgets deliveries of webhooks that were received before a moment and handed to their sensor; gives how many those
 * are. One of them that is sent again counts as new.
 */
export async function purgeDeliveries(
  storage: Pick<Storage, "listCursors" | "removeCursors">,
  { beforeMs, dryRun }: OldDeliveries,
): Promise<number> {
  let removed = 0;
  let after: string | undefined;
  for (;;) {
    const marks = await storage.listCursors(handledDeliveries, {
      limit: marksAtOnce,
      ...(after === undefined ? {} : { after }),
    });
    const old = [...marks].flatMap(([name, mark]) =>
      markedAt(mark) < beforeMs ? [handledDeliveries + name] : [],
    );
    removed += old.length;
    if (!dryRun) await storage.removeCursors(old);
    if (marks.size < marksAtOnce) return removed;
    after = [...marks.keys()].at(-1);
  }
}
