import type { CommandGroup } from "../command.ts";

export const pool: CommandGroup = {
  name: "pool",
  summary: "Pools: list, set a limit",
  commands: {
    list: async () => (await import("./pool-list.ts")).poolList,
    set: async () => (await import("./pool-set.ts")).poolSet,
  },
};
