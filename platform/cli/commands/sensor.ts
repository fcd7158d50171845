import type { CommandGroup } from "../command.ts";

export const sensor: CommandGroup = {
  name: "sensor",
  summary: "Sensors and automation groups: list, switch on and off, test, reset",
  commands: {
    list: async () => (await import("./sensor-list.ts")).sensorList,
    start: async () => (await import("./sensor-switch.ts")).sensorStart,
    stop: async () => (await import("./sensor-switch.ts")).sensorStop,
    test: async () => (await import("./sensor-test.ts")).sensorTest,
    reset: async () => (await import("./sensor-reset.ts")).sensorReset,
  },
};
