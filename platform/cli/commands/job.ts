import type { CommandGroup } from "../command.ts";

export const job: CommandGroup = {
  name: "job",
  summary: "Jobs: list, run",
  commands: {
    list: async () => (await import("./job-list.ts")).jobList,
    run: async () => (await import("./job-run.ts")).jobRun,
  },
};
