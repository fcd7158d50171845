import { setTimeout as delay } from "node:timers/promises";
import { type SensorTestView, testSensor } from "../daemon/test-sensor.ts";
import { openInstance } from "../instance/open-instance.ts";
import { createOwnerApi } from "../instance/owner-api.ts";
import { findOwner, OwnedElsewhereError } from "../instance/owner-lock.ts";
import { stateFolderOf } from "../instance/state-folder.ts";
import type { CommandContext } from "./command-context.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";

/** A command has the project for moments, and a server that has just started has it before it listens. */
const patienceMs = 3000;

/** Asks the process that serves the project, or evaluates here. */
export async function testOnce(
  {
    name,
    cursor,
    project,
  }: { readonly name: string; readonly cursor: string | undefined; readonly project: ProjectChoice },
  context: CommandContext,
): Promise<SensorTestView> {
  const root = projectRoot(project, context);
  const given = cursor === undefined ? {} : { cursor };
  for (const deadline = performance.now() + patienceMs; ; await delay(50)) {
    const owner = findOwner(stateFolderOf(root));
    if (owner !== undefined && owner.port !== null) {
      const api = createOwnerApi({ ...owner, port: owner.port });
      return await api.json<SensorTestView>("POST", `/sensors/${encodeURIComponent(name)}/test`, given);
    }
    try {
      await using instance = await openInstance({
        root,
        watch: false,
        ...(project.env === undefined ? {} : { environment: project.env }),
        onOutput: (_stream, line) => context.say(line),
      });
      const now = Temporal.Now.instant();
      return await testSensor(instance.automation, await instance.definitions.ready(), {
        name,
        now,
        ...given,
      });
    } catch (error) {
      if (!(error instanceof OwnedElsewhereError) || performance.now() > deadline) throw error;
    }
  }
}

/** What a look would come to, as lines. */
export function sensorTestText(test: SensorTestView): string {
  const lines = [`sensor ${test.name} (${test.kind})`];
  if (test.failure !== null) lines.push(`failed: ${test.failure}`);
  for (const { run_key: key, assets, partitions, tags } of test.requests) {
    lines.push(`run of ${assets.length === 0 ? "the job's steps" : assets.slice(0, 10).join(", ")}`);
    if (key !== null) lines.push(`  run key: ${key}`);
    if (partitions !== null) lines.push(`  partitions: ${JSON.stringify(partitions)}`);
    for (const [tag, value] of Object.entries(tags)) lines.push(`  tag ${tag}: ${value}`);
  }
  for (const fault of test.faults) lines.push(`cannot be met: ${fault}`);
  if (test.failure === null && test.requests.length === 0)
    lines.push(`asks for nothing: ${test.skip_reason ?? "no reason given"}`);
  if (test.next_cursor !== test.cursor) lines.push(`next cursor: ${shortened(test.next_cursor)}`);
  for (const line of test.log) lines.push(`log: ${line}`);
  return lines.join("\n");
}

function shortened(text: string | null): string {
  if (text === null) return "none";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
