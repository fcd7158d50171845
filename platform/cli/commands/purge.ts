import { command } from "../command.ts";
import { secondsOf } from "../run-options.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const purge = command({
  name: "purge",
  summary: "Remove what nobody needs of old runs",
  details:
    "Of runs that ended before, the events that are no facts, the plans, and snapshots that no other run names; and old ticks and what webhooks were sent so long ago, which counts as new when it is sent again. What is told of assets, partitions and checks stays.",
  options: {
    olderThan: { value: "length", summary: "Runs that ended so long ago, such as `36h`", default: "30d" },
    dryRun: { summary: "Only say how much there is" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ olderThan, dryRun, json, ...project }, context) {
    const beforeMs = Date.now() - secondsOf("--older-than", olderThan) * 1000;
    const { withRecords } = await import("../with-records.ts");
    const { purgeText } = await import("../purge-text.ts");
    return await withRecords(project, context, async (records) => {
      const purged = await records.purge({ beforeMs, dryRun });
      context.print(
        json ? JSON.stringify({ schema: "dop.purge/1", ...purged }, undefined, 2) : purgeText(purged),
      );
      return 0;
    });
  },
});
