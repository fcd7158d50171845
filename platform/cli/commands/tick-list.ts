import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const tickList = command({
  name: "list",
  summary: "List the ticks of a schedule, sensor or automation group, newest first, with reasons and runs",
  arguments: { name: { summary: "Name of the schedule or sensor", required: true } },
  options: {
    limit: { value: "number", summary: "At most so many; up to 500", default: "20" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ name, limit, json, ...project }, context) {
    const most = /^\d{1,3}$/.test(limit) ? Number(limit) : 0;
    if (most < 1 || most > 500)
      throw new CommandError(`\`${limit}\` is no limit`, "give a whole number from 1 to 500");
    const { withRecords } = await import("../with-records.ts");
    const { tickTable } = await import("../instigator-text.ts");
    return await withRecords(project, context, async ({ instigators }) => {
      const schedules = await instigators.list("schedule");
      const kind = schedules.some((one) => one.name === name) ? "schedule" : "sensor";
      const ticks = await instigators.ticks(kind, name, { limit: most });
      context.print(json ? JSON.stringify({ schema: "dop.ticks/1", ticks }, undefined, 2) : tickTable(ticks));
      return 0;
    });
  },
});
