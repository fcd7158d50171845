import type { CommandGroup } from "../command.ts";

export const tick: CommandGroup = {
  name: "tick",
  summary: "Ticks of schedules, sensors and automation groups: list",
  commands: { list: async () => (await import("./tick-list.ts")).tickList },
};
