import { setTimeout as delay } from "node:timers/promises";
import { hasEnded } from "../core/backfill.ts";
import type { BackfillDetailView } from "../core/views.ts";
import { progressText } from "./backfill-text.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import type { BackfillsAtHand } from "./with-backfills.ts";

type Follower = Pick<CommandContext, "progress" | "say" | "signal"> & {
  /** Tells nothing while waiting. */
  readonly quiet: boolean;
};

const pollMs = 300;

/**
 * Waits for a backfill's end, or that it is paused, and tells how far it is. Ctrl-C stops waiting; where this process
 * does the work it cancels the backfill and waits for that.
 */
export async function followBackfill(
  { backfills, doneBy }: BackfillsAtHand,
  id: string,
  { progress, say, signal, quiet }: Follower,
): Promise<BackfillDetailView> {
  let told = "";
  let isStopped = false;
  for (;;) {
    const backfill = await backfills.find(id);
    if (backfill === undefined) throw new CommandError(`there is no backfill \`${id}\` any more`);
    if (hasEnded(backfill.status) || backfill.status === "paused") {
      progress("");
      return backfill;
    }
    const text = progressText(backfill.partitions);
    if (!quiet && text !== told) progress(`backfill ${id.slice(0, 13)}: ${text}`);
    told = text;
    if (signal.aborted && doneBy !== "this process") {
      progress("");
      say("the backfill goes on");
      return backfill;
    }
    if (signal.aborted && !isStopped) {
      isStopped = true;
      say("canceling the backfill; `dop backfill retry` asks for the rest; once more ends at once");
      // One that has ended meanwhile refuses.
      await backfills.change(id, "cancel").catch(() => {});
    }
    if (isStopped) await delay(pollMs);
    else await delay(pollMs, undefined, { signal }).catch(() => {});
  }
}
