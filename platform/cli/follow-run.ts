import { showText } from "../core/display-text.ts";
import type { RunView } from "../core/views.ts";
import type { Runs } from "../instance/runs.ts";
import type { CommandContext } from "./command-context.ts";
import { eventLine } from "./run-text.ts";

export { runSummary } from "./run-text.ts";

type Follower = Pick<CommandContext, "say" | "signal"> & {
  /** Tells nothing while waiting. */
  readonly quiet: boolean;
};

/** Waits for a run's end and tells its events; Ctrl-C cancels the run and waits for it to stop. */
export async function followRun(runs: Runs, id: string, { say, signal, quiet }: Follower): Promise<RunView> {
  const cancel = (): void => {
    say("stopping the run; once more ends at once");
    // A run that has ended meanwhile refuses to be canceled.
    runs.cancel(id).catch(() => {});
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await runs.wait(id, {
      onEvents({ events }) {
        if (quiet) return;
        for (const line of events.map(eventLine)) if (line !== undefined) say(showText(line));
      },
    });
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
