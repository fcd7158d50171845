import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const runCancel = command({
  name: "cancel",
  summary: "Ask a run to stop",
  details: "Steps that run are told to stop; what they have stored stays.",
  arguments: { run: { summary: "Id of the run, or its first characters", required: true } },
  options: projectOptions,
  async run({ run: id, ...project }, context) {
    const { findRun, withRuns } = await import("../with-runs.ts");
    return await withRuns(project, context, async (runs) => {
      const { run } = await findRun(runs, id);
      const { status } = await runs.cancel(run.id);
      context.print(`run ${run.id}: ${status}`);
      return 0;
    });
  },
});
