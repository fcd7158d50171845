import { command } from "../command.ts";
import { jsonOption, projectOptions } from "../shared-options.ts";

const parts = {
  arguments: {
    name: { summary: "Name of the dynamic partitions", required: true },
    keys: { summary: "Keys, with commas between them, such as `kr,fi`", required: true },
  },
  options: { ...jsonOption, ...projectOptions },
} as const;

export const partitionAdd = command({
  name: "add",
  summary: "Add keys of dynamic partitions; those that are there stay where they are",
  ...parts,
  async run({ name, keys, json, ...project }, context) {
    const { changePartitions } = await import("../change-partitions.ts");
    return await changePartitions({ verb: "add", name, keys, json, project }, context);
  },
});

export const partitionRemove = command({
  name: "remove",
  summary: "Remove keys of dynamic partitions; what is remembered of them stays",
  ...parts,
  async run({ name, keys, json, ...project }, context) {
    const { changePartitions } = await import("../change-partitions.ts");
    return await changePartitions({ verb: "remove", name, keys, json, project }, context);
  },
});
