import { command } from "../command.ts";
import { wholeNumber } from "../run-options.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const backfillList = command({
  name: "list",
  summary: "List the backfills, newest first",
  options: {
    limit: { short: "n", value: "count", summary: "At most so many", default: "20" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ limit, json, ...project }, context) {
    const most = Math.min(500, wholeNumber("--limit", limit, 0));
    const { withRecords } = await import("../with-records.ts");
    const { backfillTable } = await import("../backfill-text.ts");
    return await withRecords(project, context, async ({ backfills: records }) => {
      const backfills = await records.list({ limit: Math.max(1, most) });
      context.print(
        json
          ? JSON.stringify({ schema: "dop.backfills/1", backfills }, undefined, 2)
          : backfillTable(backfills),
      );
      return 0;
    });
  },
});
