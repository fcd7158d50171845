import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
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
    partition: {
      short: "p",
      value: "set",
      summary: "Partitions, such as `2026-01-31`, `2026-01-01..2026-01-31` or `a,b`",
    },
    skipUnready: {
      summary: "Leave out assets that wait for credentials, a tool or a lock, or whose file has a problem",
    },
    tag: { short: "t", value: "key=value", summary: "Tag of the run", many: true },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ select, job, partition, skipUnready, tag, json, ...project }, context) {
    if ((select === undefined) === (job === undefined)) {
      throw new CommandError("say what to materialize", "give either `--select SELECTION` or `--job NAME`");
    }
    const tags = Object.fromEntries(tag.map(parseTag));
    const { withRuns } = await import("../with-runs.ts");
    const { followRun, runSummary } = await import("../follow-run.ts");
    const { runOutcome } = await import("../run-outcome.ts");
    return await withRuns(project, context, async (runs) => {
      const started = await runs.start({
        target: job === undefined ? { selection: select as string } : { job },
        skipUnready,
        ...(partition === undefined ? {} : { partition }),
        tags,
      });
      const run = await followRun(runs, started.id, { ...context, quiet: json });
      if (json) context.print(JSON.stringify({ schema: "dop.run/1", run }, undefined, 2));
      else
        context.print(
          [await runOutcome(runs, run.id), runSummary(run)].filter((part) => part !== "").join("\n\n"),
        );
      return run.status === "success" ? 0 : 1;
    });
  },
});

function parseTag(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new CommandError(`\`${text}\` is no tag`, "write it as `key=value`");
  return [text.slice(0, at), text.slice(at + 1)];
}
