import type { CommandContext } from "./command-context.ts";
import { partitionsTable } from "./partitions-text.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { withRecords } from "./with-records.ts";

export interface PartitionsChange {
  readonly verb: "add" | "remove";
  readonly name: string;
  /** With commas between them. */
  readonly keys: string;
  readonly json: boolean;
  readonly project: ProjectChoice;
}

/** Adds or removes keys of dynamic partitions, and prints those that there are then. */
export async function changePartitions(
  { verb, name, keys, json, project }: PartitionsChange,
  context: CommandContext,
): Promise<number> {
  const list = keys.split(",").map((key) => key.trim());
  return await withRecords(project, context, async (records) => {
    const partitions = await records.partitions[verb](name, list);
    context.print(
      json
        ? JSON.stringify({ schema: "dop.partition/1", partitions }, undefined, 2)
        : partitionsTable([partitions]),
    );
    return 0;
  });
}
