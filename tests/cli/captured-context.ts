import type { CommandContext } from "../../platform/cli/command-context.ts";

export interface CapturedContext extends CommandContext {
  /** Lines of stdout, joined. */
  readonly out: () => string;
  /** Lines of stderr, joined. */
  readonly talk: () => string;
  readonly interrupt: () => void;
}

/** A context that keeps what a command prints. */
export function capturedContext(folder: string, env: CommandContext["env"] = {}): CapturedContext {
  const printed: string[] = [];
  const said: string[] = [];
  const interruption = new AbortController();
  return {
    folder,
    env,
    print: (text) => void printed.push(text),
    say: (text) => void said.push(text),
    progress: () => {},
    color: false,
    signal: interruption.signal,
    out: () => printed.join("\n"),
    talk: () => said.join("\n"),
    interrupt: () => interruption.abort(),
  };
}
