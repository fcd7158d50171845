import type { RunRecord } from "../../../platform/core/run.ts";
import { checkHistory } from "../check-history.ts";
import { historyOf } from "../history-of.ts";
import { checkConditions } from "./check-conditions.ts";
import { checkScheduleTicks } from "./check-schedules.ts";
import { checkSensors } from "./check-sensors.ts";
import { till } from "./random-project.ts";
import type { World } from "./world.ts";

/** What everybody asked for has become, now that everything has come to rest. */
export async function checkWorld(world: World): Promise<void> {
  await world.readLog();
  const { runs, leases } = await historyOf(world.storage);
  const found = checkHistory({
    runs,
    events: world.events,
    leases,
    asked: world.asked,
    unanswered: world.unanswered,
    ticks: world.ticks,
    seen: [],
    poolPeaks: [{ ...till, peak: world.poolPeak }],
    // Whoever plays takes runs in any order.
    queueSlackMs: Number.POSITIVE_INFINITY,
  });
  for (const text of found) world.violations.push(text);
  checkDefinitions(world, runs);
  checkScheduleTicks(world);
  checkSensors(world, runs);
  checkConditions(world, runs);
}

/** A tick asks by the definitions that its daemon had when the round began, and for nothing that they do not have. */
function checkDefinitions(world: World, runs: readonly RunRecord[]): void {
  const byId = new Map(runs.map((run) => [run.id, run]));
  for (const { runIds, round, commit } of world.ticks) {
    for (const run of commit.runs)
      if (run.snapshotId !== round.snapshot.id)
        world.violated(
          "definitions",
          `${run.id} was planned on ${run.snapshotId} and not on ${round.snapshot.id}`,
        );
    const known = new Set(round.snapshot.definitions.assets.map(({ key }) => key));
    for (const id of runIds)
      for (const asset of byId.get(id)?.request.assets ?? [])
        if (!known.has(asset))
          world.violated("definitions", `${id} was asked for ${asset}, which is not there`);
  }
}
