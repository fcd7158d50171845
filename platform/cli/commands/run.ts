import type { CommandGroup } from "../command.ts";

export const run: CommandGroup = {
  name: "run",
  summary: "Runs: list, show, logs, files, cancel, retry",
  commands: {
    list: async () => (await import("./run-list.ts")).runList,
    show: async () => (await import("./run-show.ts")).runShow,
    logs: async () => (await import("./run-logs.ts")).runLogs,
    files: async () => (await import("./run-files.ts")).runFiles,
    cancel: async () => (await import("./run-cancel.ts")).runCancel,
    retry: async () => (await import("./run-retry.ts")).runRetry,
  },
};
