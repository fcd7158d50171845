import type { RunEventBody } from "../../../platform/core/event.ts";
import type { RunId } from "../../../platform/core/run.ts";
import { isTerminal } from "../../../platform/core/run.ts";
import { isOvertaken } from "../../../platform/instance/attempt-loss.ts";
import type { Storage } from "../../../platform/storage/storage.ts";
import { StorageError } from "../../../platform/storage/storage-error.ts";
import { till } from "./random-project.ts";

/** How a run ends, unless somebody cancels it. */
export type RunEnd = "success" | "failure" | "lost";

/** What a run worker tells: one attempt at a run, which goes on where an earlier one stopped. */
export async function executeRun(
  storage: Storage,
  id: RunId,
  { end, now }: { readonly end: RunEnd; now(): number },
): Promise<void> {
  try {
    const status = (await storage.getRun(id))?.status;
    if (status === undefined || isTerminal(status)) return;
    if (status === "canceling") return void (await storage.setRunStatus(id, "canceled", { at: now() }));
    await attempt(storage, id, { end, now });
  } catch (error) {
    // Cancelled, or taken by another meanwhile.
    if (!isOvertaken(error)) throw error;
  }
}

async function attempt(
  storage: Storage,
  id: RunId,
  { end, now }: { readonly end: RunEnd; now(): number },
): Promise<void> {
  const epoch = await storage.startAttempt(id, now());
  let seq = 0;
  const tell = async (...bodies: RunEventBody[]) => {
    const events = bodies.map((body) => ({ runId: id, epoch, seq: ++seq, at: now(), ...body }));
    for (let tries = 0; ; tries++) {
      try {
        const { refused } = await storage.appendEvents(events);
        if (refused > 0) throw new StorageError("stale-attempt", "another attempt goes on");
        return;
      } catch (error) {
        if (tries === 2 || isOvertaken(error)) throw error;
      }
    }
  };
  await tell({ type: "run.started" });
  const plan = await storage.getPlan(id);
  const done = new Set(
    (await storage.listSteps(id)).filter(({ status }) => status === "success").map(({ step }) => step),
  );
  for (const { key: step, assets, partitions = [null] } of plan?.steps ?? []) {
    if (done.has(step)) continue;
    const { granted } = await storage.claimPools({
      runId: id,
      epoch,
      step,
      pools: [{ ...till, slots: 1 }],
    });
    // Another worker tries again later.
    if (!granted) return;
    await tell({ type: "step.started", step, attempt: 1 });
    if (end === "lost") return;
    if (end === "failure") {
      const error = { name: "Error", message: "it does not work" };
      return await tell(
        { type: "step.failed", step, error, durationMs: 1 },
        { type: "run.failed", error, reason: "step_failure" },
      );
    }
    for (const asset of assets)
      for (const partition of partitions)
        await tell({ type: "asset.materialized", step, asset, partition, metadata: {} });
    await tell({ type: "step.succeeded", step, durationMs: 1 });
    await storage.releasePools(id, epoch, step);
  }
  if ((await storage.getRun(id))?.status === "canceling")
    await storage.setRunStatus(id, "canceled", { at: now(), epoch });
  else await tell({ type: "run.succeeded" });
}
