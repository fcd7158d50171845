import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const sensorReset = command({
  name: "reset",
  summary: "Make a sensor look as if for the first time",
  details: "What it asked for under a key, such as a file, is not asked for again.",
  arguments: { name: { summary: "Name of the sensor", required: true } },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, json, ...project }, context) {
    const { withRecords } = await import("../with-records.ts");
    const { switchedText } = await import("../instigator-text.ts");
    return await withRecords(project, context, async (records) => {
      const instigator = await records.instigators.reset(name);
      context.print(
        json
          ? JSON.stringify({ schema: "dop.instigator/1", instigator }, undefined, 2)
          : switchedText(instigator),
      );
      return 0;
    });
  },
});
