import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const scheduleStart = command({
  name: "start",
  summary: "Switch a schedule on, and tell what it runs first",
  details: "It goes before `default_status`; ticks of the time before never run.",
  arguments: { name: { summary: "Name of the schedule", required: true } },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, json, ...project }, context) {
    const { switchInstigator } = await import("../switch-instigator.ts");
    return await switchInstigator({ kind: "schedule", name, status: "running", json, project }, context);
  },
});

export const scheduleStop = command({
  name: "stop",
  summary: "Switch a schedule off; runs that it asked for go on",
  arguments: { name: { summary: "Name of the schedule", required: true } },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, json, ...project }, context) {
    const { switchInstigator } = await import("../switch-instigator.ts");
    return await switchInstigator({ kind: "schedule", name, status: "stopped", json, project }, context);
  },
});
