import type { RetryRequest } from "../../instance/runs.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const runRetry = command({
  name: "retry",
  summary: "Do the work of an ended run again, in a new run, and wait for its end",
  details:
    "Unless said otherwise, what did not succeed and all that comes after it is done again; what the rest made is read from the ended run. The exit code is 1 when the new run fails.",
  arguments: { run: { summary: "Id of the run, or its first characters; the newest unless given" } },
  options: {
    fromFailure: { summary: "From where it failed (the default)" },
    all: { summary: "All of its steps" },
    step: { value: "step", summary: "Only this step, as `dop run show` names it", many: true },
    select: { short: "s", value: "selection", summary: "Only these of its assets" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ run: id, fromFailure, all, step, select, json, ...project }, context) {
    const request = requestOf({ fromFailure, all, step, select });
    const { findRun } = await import("../with-runs.ts");
    const { runToEnd } = await import("../run-to-end.ts");
    return await runToEnd({ ...project, json }, context, async (runs) => {
      const { run } = await findRun(runs, id);
      const again = await runs.retry(run.id, request);
      context.say(`run ${again.id} does the work of ${run.id} again`);
      return again;
    });
  },
});

function requestOf(asked: {
  readonly fromFailure: boolean;
  readonly all: boolean;
  readonly step: readonly string[];
  readonly select: string | undefined;
}): RetryRequest {
  const { fromFailure, all, step, select } = asked;
  if ([fromFailure, all, step.length > 0, select !== undefined].filter(Boolean).length > 1)
    throw new CommandError("--from-failure, --all, --step and --select exclude each other");
  if (step.length > 0) return { steps: step };
  if (select !== undefined) return { selection: select };
  return { strategy: all ? "all" : "from_failure" };
}
