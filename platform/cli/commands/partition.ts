import type { CommandGroup } from "../command.ts";

export const partition: CommandGroup = {
  name: "partition",
  summary: "Dynamic partitions: list, add, remove",
  commands: {
    list: async () => (await import("./partition-list.ts")).partitionList,
    add: async () => (await import("./partition-change.ts")).partitionAdd,
    remove: async () => (await import("./partition-change.ts")).partitionRemove,
  },
};
