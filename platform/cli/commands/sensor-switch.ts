import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

export const sensorStart = command({
  name: "start",
  summary: "Switch a sensor or automation group on",
  details: "It goes before `default_status`.",
  arguments: { name: { summary: "Name of the sensor", required: true } },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, json, ...project }, context) {
    const { switchInstigator } = await import("../switch-instigator.ts");
    return await switchInstigator({ kind: "sensor", name, status: "running", json, project }, context);
  },
});

export const sensorStop = command({
  name: "stop",
  summary: "Switch a sensor or automation group off; runs that it asked for go on",
  arguments: { name: { summary: "Name of the sensor", required: true } },
  options: { ...jsonOption, ...projectOptions },
  async run({ name, json, ...project }, context) {
    const { switchInstigator } = await import("../switch-instigator.ts");
    return await switchInstigator({ kind: "sensor", name, status: "stopped", json, project }, context);
  },
});
