/** What a command may use of the world: given by `main.ts`, captured by tests. */
export interface CommandContext {
  /** Absolute; where the command was started. */
  readonly folder: string;
  readonly env: { readonly [name: string]: string | undefined };
  /** Data, on stdout; a line end is added. */
  print(text: string): void;
  /** Talk, on stderr. */
  say(text: string): void;
  /** Talk that the next one writes over, on a terminal only; an empty text takes it away. */
  progress(text: string): void;
  /** Whether stdout is a terminal that shows colours. */
  readonly color: boolean;
  /** Columns of the terminal; absent where stdout is none. */
  readonly columns?: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** A command could not do as it was asked: exit code 2, without a stack. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
