import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const runShow = command({
  name: "show",
  summary: "Show one run with its steps",
  arguments: { run: { summary: "Id of the run, or its first characters; the newest unless given" } },
  options: { ...jsonOption, ...projectOptions },
  async run({ run: id, json, ...project }, context) {
    const { findRun, withRuns } = await import("../with-runs.ts");
    return await withRuns(project, context, async (runs) => {
      const detail = await findRun(runs, id);
      const { runText } = await import("../run-text.ts");
      context.print(
        json ? JSON.stringify({ schema: "dop.run/1", ...detail }, undefined, 2) : runText(detail),
      );
      return 0;
    });
  },
});
