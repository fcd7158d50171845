import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const runLogs = command({
  name: "logs",
  summary: "Print what a run said: its events, or the output of one step",
  arguments: { run: { summary: "Id of the run, or its first characters; the newest unless given" } },
  options: {
    step: { value: "step", summary: "Only this step; with --stdout or --stderr, what it wrote" },
    stdout: { summary: "What the step wrote to stdout" },
    stderr: { summary: "What the step wrote to stderr" },
    follow: { short: "f", summary: "Go on until the run ends" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ run: id, step, stdout, stderr, follow, json, ...project }, context) {
    const { withRuns } = await import("../with-runs.ts");
    const { printLogs } = await import("../run-logs.ts");
    return await withRuns(project, context, async (runs) => {
      await printLogs(runs, { id, step, streams: { stdout, stderr }, follow, json }, context);
      return 0;
    });
  },
});
