import type { CommandGroup } from "../command.ts";

export const run: CommandGroup = {
  name: "run",
  summary: "Look at runs: list, show, logs, cancel",
  commands: {
    list: async () => (await import("./run-list.ts")).runList,
    show: async () => (await import("./run-show.ts")).runShow,
    logs: async () => (await import("./run-logs.ts")).runLogs,
    cancel: async () => (await import("./run-cancel.ts")).runCancel,
  },
};
