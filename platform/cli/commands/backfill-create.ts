import { askedBackfill, backfillOptions, followOption } from "../backfill-options.ts";
import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const backfillCreate = command({
  name: "create",
  summary: "Plan a backfill and ask for it",
  details:
    "It tells first what it comes to: which partitions, how many runs, how long. A partition goes when all that it needs within the backfill is done. `dop dev` or `dop daemon` does the work, in whatever time it takes.",
  options: {
    ...backfillOptions,
    dryRun: { summary: "Only tell what it comes to" },
    ...followOption,
    ...jsonOption,
    ...projectOptions,
  },
  async run({ dryRun, follow, json, project, env, ...options }, context) {
    const asked = askedBackfill(options);
    const { createBackfill } = await import("../backfill-actions.ts");
    return await createBackfill({ project, env }, context, { asked, dryRun, follow, json });
  },
});
