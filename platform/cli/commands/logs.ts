import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const logs = command({
  name: "logs",
  summary: "Print what server and daemon wrote to their logs",
  details: "They stand in `.dop/logs`. What runs say is printed by `dop run logs`.",
  options: {
    follow: { short: "f", summary: "Go on until Ctrl-C" },
    level: {
      value: "level",
      summary: "Only lines of this level and above",
      choices: ["debug", "info", "warning", "error"],
      default: "info",
    },
    limit: { short: "n", value: "count", summary: "Begin with so many of the last lines", default: "200" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ follow, level, limit, json, ...project }, context) {
    const count = Number(limit);
    if (!Number.isInteger(count) || count < 0) throw new CommandError("--limit is a number from 0 on");
    const { printServerLogs } = await import("../server-logs.ts");
    const { projectRoot } = await import("../project-choice.ts");
    await printServerLogs(projectRoot(project, context), { follow, level, limit: count, json }, context);
    return 0;
  },
});
