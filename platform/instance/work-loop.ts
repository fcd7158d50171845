export interface WorkLoopOptions {
  /** Milliseconds without a wake-up after which it works all the same; absent: only when woken. */
  readonly everyMs?: number;
  /** One round; what it rejects with is told to `onError`, and the next round comes as ever. */
  work(): Promise<void>;
  onError(error: unknown): void;
}

/** Work that is done again and again, one round at a time. */
export interface WorkLoop extends AsyncDisposable {
  /** Asks for a round: now, or once more after the one that goes on. */
  wake(): void;
}

/** Starts with the first `wake`. */
export function createWorkLoop({ everyMs, work, onError }: WorkLoopOptions): WorkLoop {
  let wanted = false;
  let closed = false;
  let working: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  const rounds = async () => {
    while (wanted && !closed) {
      wanted = false;
      try {
        await work();
      } catch (error) {
        if (!closed) onError(error);
      }
    }
  };
  const wake = () => {
    wanted = true;
    if (closed || working !== undefined) return;
    clearTimeout(timer);
    working = rounds().finally(() => {
      working = undefined;
      if (closed) return;
      // Asked for between the last look and this moment.
      if (wanted) wake();
      else if (everyMs !== undefined) timer = setTimeout(wake, everyMs);
    });
  };
  return {
    wake,
    async [Symbol.asyncDispose]() {
      closed = true;
      clearTimeout(timer);
      await working;
    },
  };
}
