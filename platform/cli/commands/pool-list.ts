import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const poolList = command({
  name: "list",
  summary: "List the pools with their limits and who holds slots of them",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { withRecords } = await import("../with-records.ts");
    const { poolTable } = await import("../pool-text.ts");
    return await withRecords(project, context, async (records) => {
      const pools = await records.pools();
      context.print(json ? JSON.stringify({ schema: "dop.pools/1", pools }, undefined, 2) : poolTable(pools));
      return 0;
    });
  },
});
