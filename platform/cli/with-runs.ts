import { setTimeout as delay } from "node:timers/promises";
import type { RunDetailView } from "../core/views.ts";
import { connectRuns } from "../instance/connect-runs.ts";
import type { Runs } from "../instance/runs.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { type ProjectChoice, projectRoot } from "./project-choice.ts";

/** Gives `use` the project's runs: in its own records, or through the process that owns them. */
export async function withRuns(
  choice: ProjectChoice,
  context: CommandContext,
  use: (runs: Runs) => Promise<number>,
): Promise<number> {
  const root = projectRoot(choice, context);
  await using connection = await connectRuns({
    root,
    ...(choice.env === undefined ? {} : { environment: choice.env }),
    watch: false,
    onOutput: (_stream, line) => context.say(line),
  });
  if (connection.ownerUrl !== undefined && choice.env !== undefined) {
    throw new CommandError(
      `${connection.ownerUrl} has this project open with its own environment`,
      "leave --env out, or end that process",
    );
  }
  if (connection.ownerUrl !== undefined) await awaitDefinitions(connection.ownerUrl, context);
  return await use(connection.runs);
}

const healthPollMs = 100;

/** A server that has just been started loads definitions first; one that could not load them says so when asked. */
async function awaitDefinitions(url: string, { signal, progress }: CommandContext): Promise<void> {
  while ((await healthOf(url, signal)) === "loading") {
    progress(`${url} is loading the definitions`);
    await delay(healthPollMs, undefined, { signal });
  }
  progress("");
}

/** The server's word for its state; nothing where it gives none, so that the request itself says what is wrong. */
async function healthOf(url: string, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await fetch(`${url}/api/v1/health`, { signal });
    return ((await response.json()) as { status?: unknown }).status;
  } catch {
    return undefined;
  }
}

// Ids begin with their time, so fewer characters than these would match whole days.
const shortestPrefix = 8;

/** The run of an id or of its first characters; the newest where none is given. Throws CommandError. */
export async function findRun(runs: Runs, id: string | undefined): Promise<RunDetailView> {
  if (id === undefined) {
    const [newest] = await runs.list({ limit: 1 });
    const detail = newest === undefined ? undefined : await runs.find(newest.id);
    if (detail === undefined)
      throw new CommandError("there is no run yet", "`dop materialize -s SELECTION` starts one");
    return detail;
  }
  const exact = await runs.find(id);
  if (exact !== undefined) return exact;
  const recent = id.length < shortestPrefix ? [] : await runs.list({ limit: 500 });
  const matching = recent.filter((run) => run.id.startsWith(id));
  if (matching.length > 1) {
    throw new CommandError(
      `${matching.length} runs begin with \`${id}\``,
      `such as ${matching
        .slice(0, 2)
        .map((run) => run.id)
        .join(" and ")}`,
    );
  }
  const found = matching[0] === undefined ? undefined : await runs.find(matching[0].id);
  if (found === undefined) throw new CommandError(`there is no run \`${id}\``, "`dop run list` shows them");
  return found;
}
