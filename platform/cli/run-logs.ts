import { setTimeout as delay } from "node:timers/promises";
import { showText } from "../core/display-text.ts";
import { isTerminal } from "../core/run.ts";
import type { EventView } from "../core/views.ts";
import type { LogStream, Runs } from "../instance/runs.ts";
import { type CommandContext, CommandError } from "./command-context.ts";
import { eventLine, momentText } from "./run-text.ts";
import { findRun } from "./with-runs.ts";

export interface LogRequest {
  readonly id: string | undefined;
  readonly step: string | undefined;
  readonly streams: { readonly stdout: boolean; readonly stderr: boolean };
  readonly follow: boolean;
  /** One JSON object a line. */
  readonly json: boolean;
}

const pollMs = 300;

/** Prints events, or with a stream what one step wrote, as they are or until the run ends. */
export async function printLogs(runs: Runs, request: LogRequest, context: CommandContext): Promise<void> {
  const { run } = await findRun(runs, request.id);
  const { stdout, stderr } = request.streams;
  if (stdout && stderr) throw new CommandError("one of --stdout and --stderr is printed at a time");
  if (!stdout && !stderr) return await printEvents(runs, run.id, request, context);
  if (request.step === undefined) {
    throw new CommandError("--stdout and --stderr need --step", "`dop run show` lists the steps");
  }
  await printStream(
    runs,
    { id: run.id, step: request.step, stream: stdout ? "stdout" : "stderr", follow: request.follow },
    context,
  );
}

async function printEvents(
  runs: Runs,
  id: string,
  { step, follow, json }: LogRequest,
  context: CommandContext,
): Promise<void> {
  let after = 0;
  for (;;) {
    const ended = !follow || (await hasEnded(runs, id));
    const page = await runs.events(id, { after, ...(step === undefined ? {} : { step }) });
    for (const event of page.events) {
      const line = json ? JSON.stringify(event) : textLine(event);
      if (line !== undefined) context.print(line);
    }
    after = page.cursor;
    if (page.more) continue;
    if (ended) return;
    await delay(pollMs, undefined, { signal: context.signal });
  }
}

function textLine(event: EventView): string {
  return `${momentText(event.at_ms)} ${showText(eventLine(event) ?? plainLine(event))}`;
}

/** An event that nobody waits for, by its words and what it is about. */
function plainLine(event: EventView): string {
  const about = event["asset"] ?? event["check"] ?? event["resource"] ?? event["step"];
  const words = event.type.replace(/[._]/g, " ");
  return about == null ? words : `${words}: ${String(about)}`;
}

interface StreamRequest {
  readonly id: string;
  readonly step: string;
  readonly stream: LogStream;
  readonly follow: boolean;
}

async function printStream(
  runs: Runs,
  { id, step, stream, follow }: StreamRequest,
  context: CommandContext,
): Promise<void> {
  let offset = 0;
  let rest = "";
  for (;;) {
    const ended = !follow || (await hasEnded(runs, id));
    const slice = await runs.readLog(id, { step, stream, offset });
    if (slice === undefined && ended) {
      throw new CommandError(
        `nothing was captured of step \`${step}\` on ${stream}`,
        "`dop run show` lists the steps",
      );
    }
    const lines = (rest + (slice?.text ?? "")).split("\n");
    rest = lines.pop() as string;
    for (const line of lines) context.print(line);
    offset = slice?.nextOffset ?? offset;
    if (slice?.end !== false) {
      if (ended) break;
      await delay(pollMs, undefined, { signal: context.signal });
    }
  }
  if (rest !== "") context.print(rest);
}

async function hasEnded(runs: Runs, id: string): Promise<boolean> {
  const detail = await runs.find(id);
  return detail === undefined || isTerminal(detail.run.status);
}
