import { nextRetry } from "../automation/next-retry.ts";
import type { QueueSettings } from "../core/queue.ts";
import type { RunId } from "../core/run.ts";
import type { RunDetailView } from "../core/views.ts";
import type { Storage } from "../storage/storage.ts";
import { attachmentView } from "./attachment-view.ts";
import { runStepViews, runView } from "./run-view.ts";

const mostAttachments = 500;

/** Words of the control plane stand among those of the steps; so many log lines are looked through for them. */
const mostLogLines = 2000;

/** One run with all that is shown of it; `undefined` for an id that no run has. */
export async function readRunDetail(
  storage: Storage,
  id: string,
  settings: Pick<QueueSettings, "retryPolicy">,
): Promise<RunDetailView | undefined> {
  const run = await storage.getRun(id as RunId);
  if (run === undefined) return undefined;
  const [steps, plan, attachments, notes, line] = await Promise.all([
    storage.listSteps(run.id),
    storage.getPlan(run.id),
    storage.listAttachments({ runId: run.id, limit: mostAttachments }),
    notesOf(storage, run.id),
    storage.childRuns(run.request.reexecution?.root ?? run.id),
  ]);
  return {
    run: runView(run),
    steps: runStepViews(steps, plan),
    attachments: attachments.map(attachmentView),
    notes,
    retries: line.filter(({ request }) => request.reexecution?.parent === run.id).map((child) => child.id),
    retry_at_ms: nextRetry(run, line, settings)?.dueAtMs ?? null,
  };
}

async function notesOf(storage: Storage, id: RunId): Promise<RunDetailView["notes"]> {
  const { events } = await storage.listEvents(id, { types: ["log"], limit: mostLogLines });
  return events.flatMap(({ event }) =>
    event.epoch === 0 && event.type === "log" ? [{ at_ms: event.at, message: event.message }] : [],
  );
}
