import { followOption } from "../backfill-options.ts";
import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const backfillShow = command({
  name: "show",
  summary: "Show a backfill: what of each asset is done, failed and blocked",
  details: "With --follow the exit code is 1 when the backfill does not succeed.",
  arguments: { backfill: { summary: "Id of the backfill, or its first characters (default: the newest)" } },
  options: { ...followOption, ...jsonOption, ...projectOptions },
  async run({ backfill, follow, json, project, env }, context) {
    const { showBackfill } = await import("../backfill-actions.ts");
    return await showBackfill({ project, env }, context, { id: backfill, follow, json });
  },
});
