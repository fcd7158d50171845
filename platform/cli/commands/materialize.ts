import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { askedOfRun, runOptions } from "../run-options.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const materialize = command({
  name: "materialize",
  summary: "Materialize the selected assets and wait for the run to end",
  details:
    "The exit code is 1 when the run fails. Where `dop dev` runs, it does the work; else this process does.",
  options: {
    select: {
      short: "s",
      value: "selection",
      summary: "Assets to materialize, such as `group:sling` or `orders+`",
    },
    job: { short: "j", value: "name", summary: "A job instead of a selection" },
    stale: {
      summary: "Only what is stale, of the selection or of everything, each with its stale partitions",
    },
    skipUnready: {
      summary: "Leave out assets that wait for credentials, a tool or a lock, or whose file has a problem",
    },
    ...runOptions,
    ...jsonOption,
    ...projectOptions,
  },
  async run({ select, job, stale, skipUnready, json, project, env, ...options }, context) {
    if (select !== undefined && job !== undefined)
      throw new CommandError("--select and --job exclude each other");
    if (select === undefined && job === undefined && !stale)
      throw new CommandError(
        "say what to materialize",
        "give `--select SELECTION`, `--job NAME` or `--stale`",
      );
    if (stale && options.partition !== undefined)
      throw new CommandError("--stale names the partitions itself", "leave --partition out");
    const asked = await askedOfRun(options, context);
    const { runToEnd } = await import("../run-to-end.ts");
    return await runToEnd({ project, env, json }, context, (runs) =>
      runs.start({
        target: job === undefined ? { selection: select ?? "*" } : { job },
        skipUnready,
        ...(stale ? { stale } : {}),
        ...asked,
      }),
    );
  },
});
