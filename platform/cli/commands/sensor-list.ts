import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const sensorList = command({
  name: "list",
  summary: "List the sensors and automation groups: on or off, what they look at, the last tick",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { withRecords } = await import("../with-records.ts");
    const { sensorTable } = await import("../instigator-text.ts");
    return await withRecords(project, context, async (records) => {
      const instigators = await records.instigators.list("sensor");
      context.print(
        json
          ? JSON.stringify({ schema: "dop.instigators/1", instigators }, undefined, 2)
          : sensorTable(instigators),
      );
      return 0;
    });
  },
});
