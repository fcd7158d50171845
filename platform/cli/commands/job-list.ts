import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const jobList = command({
  name: "list",
  summary: "List the jobs and what they run",
  options: { ...jsonOption, ...projectOptions },
  async run({ json, ...project }, context) {
    const { listing } = await import("../listing.ts");
    const { data, text } = await listing("jobs", { ...project, select: undefined, stale: false }, context);
    context.print(json ? JSON.stringify(data, undefined, 2) : text);
    return 0;
  },
});
