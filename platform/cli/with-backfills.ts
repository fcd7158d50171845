import { startDaemon } from "../daemon/run-daemon-loop.ts";
import type { BackfillRecords } from "../instance/backfill-records.ts";
import { connectRecords } from "../instance/connect-records.ts";
import { openInstance } from "../instance/open-instance.ts";
import { isSharedStorage, readInstanceConfiguration, storageUrlOf } from "../instance/open-storage.ts";
import { findOwner } from "../instance/owner-lock.ts";
import { stateFolderOf } from "../instance/state-folder.ts";
import type { CommandContext } from "./command-context.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";

/** Backfills of a project, and who does what they ask for. */
export interface BackfillsAtHand {
  readonly backfills: BackfillRecords;
  readonly doneBy: "this process" | "others" | "nobody";
}

/**
 * Gives `use` the project's backfills: its own records, or those of the process that owns them. Where there is none and
 * it `drives`, this process does the work meanwhile.
 */
export async function withBackfills(
  choice: ProjectChoice,
  context: CommandContext,
  { drives }: { readonly drives: boolean },
  use: (hand: BackfillsAtHand) => Promise<number>,
): Promise<number> {
  const root = projectRoot(choice, context);
  const owner = findOwner(stateFolderOf(root));
  const isOwned = owner !== undefined && owner.port !== null;
  if (isOwned || !drives) {
    await using connection = await connectRecords({
      root,
      env: context.env,
      snapshot: async () => (await loadDefinitions(choice, context)).snapshot,
    });
    const isShared = isSharedStorage(storageUrlOf(readInstanceConfiguration({ root, env: context.env })));
    return await use({
      backfills: connection.records.backfills,
      doneBy: isOwned || isShared ? "others" : "nobody",
    });
  }
  await using instance = await openInstance({
    root,
    ...(choice.env === undefined ? {} : { environment: choice.env }),
    // As a server it also takes up runs that an earlier process has left.
    watch: true,
    onOutput: (_stream, line) => context.say(line),
  });
  await instance.definitions.ready();
  await using _loops = startDaemon(instance, { only: ["backfills"] });
  return await use({ backfills: instance.records.backfills, doneBy: "this process" });
}
