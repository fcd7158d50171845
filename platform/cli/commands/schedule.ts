import type { CommandGroup } from "../command.ts";

export const schedule: CommandGroup = {
  name: "schedule",
  summary: "Schedules: list, switch on and off",
  commands: {
    list: async () => (await import("./schedule-list.ts")).scheduleList,
    start: async () => (await import("./schedule-switch.ts")).scheduleStart,
    stop: async () => (await import("./schedule-switch.ts")).scheduleStop,
  },
};
