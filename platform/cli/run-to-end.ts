import { setTimeout as delay } from "node:timers/promises";
import type { RunView } from "../core/views.ts";
import { InstanceError } from "../instance/instance-error.ts";
import type { Runs } from "../instance/runs.ts";
import type { CommandContext } from "./command-context.ts";
import { followRun, runSummary } from "./follow-run.ts";
import type { ProjectChoice } from "./project-choice.ts";
import { runOutcome } from "./run-outcome.ts";
import { withRuns } from "./with-runs.ts";

/** Starts a run, tells its events, waits for its end and prints what it brought about; 1 unless it succeeded. */
export async function runToEnd(
  choice: ProjectChoice & { readonly json: boolean },
  context: CommandContext,
  start: (runs: Runs) => Promise<RunView>,
): Promise<number> {
  const { json } = choice;
  return await withRuns(choice, context, async (runs) => {
    const started = await startedOrNothing(() => start(runs));
    if (typeof started === "string") {
      if (json) context.print(JSON.stringify({ schema: "dop.run/1", run: null }, undefined, 2));
      context.say(started);
      return 0;
    }
    const run = await followLine(runs, started.id, { ...context, quiet: json });
    if (json) context.print(JSON.stringify({ schema: "dop.run/1", run }, undefined, 2));
    else
      context.print(
        [await runOutcome(runs, run.id), runSummary(run)].filter((part) => part !== "").join("\n\n"),
      );
    return run.status === "success" ? 0 : 1;
  });
}

const pollMs = 100;
/** How long after its moment a retry is waited for; another process may be the one that starts it. */
const patienceMs = 30_000;

/** Follows a run and, where its retry policy starts it again, the runs that do; gives the last one. */
async function followLine(
  runs: Runs,
  id: string,
  context: CommandContext & { readonly quiet: boolean },
): Promise<RunView> {
  for (let next = id; ; ) {
    const run = await followRun(runs, next, context);
    const retried = run.status === "failure" ? await retryOf(runs, run.id, context) : undefined;
    if (retried === undefined) return run;
    if (!context.quiet) context.say(`the run failed and is started again as ${retried}`);
    next = retried;
  }
}

async function retryOf(runs: Runs, id: string, { signal }: CommandContext): Promise<string | undefined> {
  for (;;) {
    const detail = await runs.find(id);
    const retried = detail?.retries.at(-1);
    if (retried !== undefined) return retried;
    const dueAt = detail?.retry_at_ms ?? null;
    if (dueAt === null || signal.aborted || Date.now() > dueAt + patienceMs) return undefined;
    await delay(pollMs, undefined, { signal }).catch(() => {});
  }
}

/** The run; or, where nothing was to be done, the words that say so. */
async function startedOrNothing(start: () => Promise<RunView>): Promise<RunView | string> {
  try {
    return await start();
  } catch (thrown) {
    if (thrown instanceof InstanceError && thrown.reason === "nothing-stale") return thrown.message;
    throw thrown;
  }
}
