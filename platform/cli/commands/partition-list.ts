import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const partitionList = command({
  name: "list",
  summary: "List the dynamic partitions with their keys, and what has them",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { withRecords } = await import("../with-records.ts");
    const { partitionsTable } = await import("../partitions-text.ts");
    return await withRecords(project, context, async (records) => {
      const partitions = await records.partitions.list();
      context.print(
        json
          ? JSON.stringify({ schema: "dop.partitions/1", partitions }, undefined, 2)
          : partitionsTable(partitions),
      );
      return 0;
    });
  },
});
