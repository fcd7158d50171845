import { connectRecords } from "../instance/connect-records.ts";
import type { Records } from "../instance/records.ts";
import type { CommandContext } from "./command-context.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";

/** Gives `use` what the project remembers besides runs: its own records, or those of the process that owns them. */
export async function withRecords(
  choice: ProjectChoice,
  context: CommandContext,
  use: (records: Records) => Promise<number>,
): Promise<number> {
  await using connection = await connectRecords({
    root: projectRoot(choice, context),
    env: context.env,
    snapshot: async () => (await loadDefinitions(choice, context)).snapshot,
  });
  return await use(connection.records);
}
