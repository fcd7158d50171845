import type { CommandContext } from "./command-context.ts";
import { commandTable } from "./command-table.ts";
import { runCommandLine } from "./run-command-line.ts";

const interruption = new AbortController();

process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
// `dop list assets | head` closes our stdout early; that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

// Nobody listens to the talk any more: the work goes on.
process.stderr.on("error", () => {});

const { stdout, stderr } = process;

const context: CommandContext = {
  folder: process.cwd(),
  env: process.env,
  print: (text) => void stdout.write(`${text}\n`),
  say: (text) => void stderr.write(`${text}\n`),
  progress(text) {
    if (stderr.isTTY) stderr.write(`\r\u001b[K${text}`);
  },
  color: showsColor(),
  ...(stdout.isTTY ? { columns: stdout.columns } : {}),
  signal: interruption.signal,
};

const code = await runCommandLine(process.argv.slice(2), commandTable, context);
// Output into a pipe is written later; what is still open (timers, idle workers) must not keep us.
stdout.write("", () => stderr.write("", () => process.exit(code)));

/** Once asks the command to stop, twice ends it. */
function interrupt(): void {
  if (interruption.signal.aborted) process.exit(130);
  interruption.abort();
}

function showsColor(): boolean {
  if ((process.env["NO_COLOR"] ?? "") !== "") return false;
  const forced = process.env["FORCE_COLOR"];
  if (forced !== undefined && forced !== "") return forced !== "0";
  return stdout.isTTY === true && process.env["TERM"] !== "dumb";
}
