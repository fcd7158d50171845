import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const scheduleList = command({
  name: "list",
  summary: "List the schedules: on or off, the next tick, the last tick",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { withRecords } = await import("../with-records.ts");
    const { scheduleTable } = await import("../instigator-text.ts");
    return await withRecords(project, context, async (records) => {
      const instigators = await records.instigators.list("schedule");
      context.print(
        json
          ? JSON.stringify({ schema: "dop.instigators/1", instigators }, undefined, 2)
          : scheduleTable(instigators),
      );
      return 0;
    });
  },
});
