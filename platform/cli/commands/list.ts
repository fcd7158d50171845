import { type HealthState, healthStates } from "../../core/health.ts";
import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const list = command({
  name: "list",
  summary: "List definitions: assets, checks, components, variables, jobs, schedules, sensors, resources",
  details:
    '`defs` lists all definitions of all kinds. With --json the shape is `{schema: "dop.assets/1", assets: […]}`, and so on for each kind.',
  arguments: {
    what: {
      summary: "What to list",
      required: true,
      choices: [
        "defs",
        "assets",
        "checks",
        "components",
        "types",
        "env",
        "jobs",
        "schedules",
        "sensors",
        "resources",
      ],
    },
  },
  options: {
    select: {
      short: "s",
      value: "selection",
      summary: "Only these assets (and their checks), such as `group:raw` or `orders+`",
    },
    health: {
      value: "state",
      choices: healthStates,
      summary: "Only assets that are so, with what speaks against them",
    },
    stale: { summary: "Only assets that are stale: their code or what they were made from has changed" },
    ...jsonOption,
    ...projectOptions,
  },
  async run({ what, select, health, stale, json, ...project }, context) {
    if (stale && what !== "assets")
      throw new CommandError("--stale goes with `assets`", "write `dop list assets --stale`");
    if (health !== undefined && what !== "assets")
      throw new CommandError("--health goes with `assets`", "write `dop list assets --health degraded`");
    const { listing } = await import("../listing.ts");
    const { data, text } = await listing(
      what,
      { ...project, select, health: health as HealthState | undefined, stale },
      context,
    );
    context.print(json ? JSON.stringify(data, undefined, 2) : text);
    return 0;
  },
});
