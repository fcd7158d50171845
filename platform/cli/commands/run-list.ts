import { runStatuses } from "../../core/run.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { tagOf } from "../run-options.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const runList = command({
  name: "list",
  summary: "List runs, newest first",
  options: {
    status: { value: "status", summary: "Only runs with this status", many: true, choices: runStatuses },
    asset: { value: "key", summary: "Only runs that were asked for this asset" },
    tag: { short: "t", value: "key=value", summary: "Only runs that carry this tag", many: true },
    job: { short: "j", value: "name", summary: "Only runs of this job" },
    limit: { short: "n", value: "count", summary: "At most so many, up to 500", default: "20" },
    before: { value: "run", summary: "Only runs older than this one" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ status, asset, tag, job, limit, before, json, ...project }, context) {
    const count = Number(limit);
    if (!Number.isInteger(count) || count < 1 || count > 500)
      throw new CommandError("--limit is a number from 1 to 500");
    const tags = Object.fromEntries(tag.map(tagOf));
    const { withRuns } = await import("../with-runs.ts");
    const { listRunsOf } = await import("../list-runs-of.ts");
    return await withRuns(project, context, async (runs) => {
      const list = await listRunsOf(runs, job, {
        ...(tag.length === 0 ? {} : { tags }),
        ...(status.length === 0 ? {} : { status }),
        ...(asset === undefined ? {} : { asset }),
        ...(before === undefined ? {} : { before }),
        limit: count,
      });
      const { runTable } = await import("../run-text.ts");
      context.print(
        json ? JSON.stringify({ schema: "dop.runs/1", runs: list }, undefined, 2) : runTable(list),
      );
      return 0;
    });
  },
});
