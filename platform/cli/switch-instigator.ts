import type { InstigatorStatus } from "../core/job.ts";
import type { InstigatorKind } from "../instance/instigator-records.ts";
import type { CommandContext } from "./command-context.ts";
import { switchedText } from "./instigator-text.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { withRecords } from "./with-records.ts";

/** Switches a schedule, sensor or automation group, and tells what comes of it. */
export async function switchInstigator(
  wish: {
    readonly kind: InstigatorKind;
    readonly name: string;
    readonly status: InstigatorStatus;
    readonly json: boolean;
    readonly project: ProjectChoice;
  },
  context: CommandContext,
): Promise<number> {
  const { kind, name, status, json, project } = wish;
  return await withRecords(project, context, async (records) => {
    const instigator = await records.instigators.switchTo(kind, name, status);
    context.print(
      json
        ? JSON.stringify({ schema: "dop.instigator/1", instigator }, undefined, 2)
        : switchedText(instigator),
    );
    return 0;
  });
}
