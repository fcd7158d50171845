import type { RunEvent } from "../core/event.ts";
import type { RunId, RunRecord } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { StartRun } from "../host/run-worker.ts";
import { type KnownState, knownState } from "../run/known-state.ts";
import type { Storage } from "../storage/storage.ts";
import { inheritValues } from "./inherited-values.ts";

/** What a worker is told besides the plan: all that storage knows and the run's steps may ask for. */
export async function knowledgeFor(
  storage: Storage,
  {
    run,
    plan,
    valuesFolder,
  }: { readonly run: RunRecord; readonly plan: RunPlan; readonly valuesFolder: string },
): Promise<Pick<StartRun, "latestMetadata" | "known">> {
  const [latestMetadata, known] = await Promise.all([
    latestMetadataFor(plan, storage),
    knownStateFor(storage, run, valuesFolder),
  ]);
  return { latestMetadata, ...(known === undefined ? {} : { known }) };
}

/** Metadata of the newest materialization of every asset that a step of the plan makes, checks or reads. */
async function latestMetadataFor({ steps }: RunPlan, storage: Storage): Promise<StartRun["latestMetadata"]> {
  const keys = new Set(
    steps.flatMap(({ assets, inputs }) => [...assets, ...inputs.map(({ asset }) => asset)]),
  );
  if (keys.size === 0) return {};
  const records = await storage.latestAssets([...keys]);
  return Object.fromEntries(
    [...records].flatMap(([key, { materialized }]) =>
      materialized === undefined ? [] : [[key, materialized.metadata]],
    ),
  );
}

/** What earlier attempts have done. The values of the line of runs before this one are given to its parent. */
async function knownStateFor(
  storage: Storage,
  { id, epoch, request }: RunRecord,
  valuesFolder: string,
): Promise<KnownState | undefined> {
  if (request.reexecution !== undefined)
    inheritValues(valuesFolder, await ancestors(storage, request.reexecution));
  return epoch > 1 ? knownState(await eventsOf(storage, id)) : undefined;
}

/** The parent first. */
async function ancestors(
  storage: Storage,
  { parent, root }: { readonly parent: RunId; readonly root: RunId },
): Promise<RunId[]> {
  const line = new Map((await storage.childRuns(root)).map((run) => [run.id, run]));
  const found: RunId[] = [parent];
  for (let run = line.get(parent); run?.request.reexecution !== undefined; ) {
    const before = run.request.reexecution.parent;
    found.push(before);
    run = line.get(before);
  }
  return found;
}

/** Of all attempts, oldest first. */
export async function eventsOf(storage: Storage, id: RunId): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (let after: number | undefined, more = true; more; ) {
    const page = await storage.listEvents(id, { limit: 1000, ...(after === undefined ? {} : { after }) });
    for (const { event } of page.events) events.push(event);
    after = page.cursor;
    more = page.more;
  }
  return events;
}
