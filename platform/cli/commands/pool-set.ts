import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const poolSet = command({
  name: "set",
  summary: "Set the limit of a pool, for all runs from now on",
  details: "It goes before what package.json says. What holds slots already keeps them.",
  arguments: {
    name: { summary: "Name of the pool", required: true },
    limit: { summary: "Slots, or `default` for what the project says", required: true },
  },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, limit, json, ...project }, context) {
    if (limit !== "default" && !/^\d{1,6}$/.test(limit))
      throw new CommandError(`\`${limit}\` is no limit`, "give a whole number from 0 on, or `default`");
    const { withRecords } = await import("../with-records.ts");
    const { poolTable } = await import("../pool-text.ts");
    return await withRecords(project, context, async (records) => {
      const pool = await records.setPoolLimit(name, limit === "default" ? null : Number(limit));
      context.print(json ? JSON.stringify({ schema: "dop.pool/1", pool }, undefined, 2) : poolTable([pool]));
      return 0;
    });
  },
});
