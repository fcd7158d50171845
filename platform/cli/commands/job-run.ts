import { command } from "../command.ts";
import { askedOfRun, runOptions } from "../run-options.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const jobRun = command({
  name: "run",
  summary: "Run a job and wait for its end",
  details:
    "What is given here goes before what the job says. The exit code is 1 when the run fails. Where `dop dev` runs, it does the work; else this process does.",
  arguments: { name: { summary: "Name of the job; `dop job list` shows them", required: true } },
  options: { ...runOptions, ...jsonOption, ...projectOptions },
  async run({ name, json, project, env, ...options }, context) {
    const asked = await askedOfRun(options, context);
    const { runToEnd } = await import("../run-to-end.ts");
    return await runToEnd({ project, env, json }, context, (runs) =>
      runs.start({ target: { job: name }, ...asked }),
    );
  },
});
