import type { RunEvent } from "../core/event.ts";

export type AppendOutcome = "appended" | "repeated" | "refused";

interface Waiting {
  readonly events: readonly RunEvent[];
  readonly resolve: (outcomes: readonly AppendOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/** How long log-like events wait for others, in milliseconds. */
const windowMs = 3;
/** More events than this are committed in several transactions, so that readers get their turn. */
const batchSize = 2000;

/** Joins what many writers append into few transactions, in the order in which it came. */
export class EventBatches {
  #waiting: Waiting[] = [];
  #timer: NodeJS.Timeout | undefined;
  #immediate: NodeJS.Immediate | undefined;
  #writing: Promise<void> | undefined;
  readonly #commit: (events: readonly RunEvent[]) => Promise<AppendOutcome[]>;

  /** `commit` gives one outcome per event and either stores all of them or throws. */
  constructor(commit: (events: readonly RunEvent[]) => Promise<AppendOutcome[]>) {
    this.#commit = commit;
  }

  append(events: readonly RunEvent[]): Promise<readonly AppendOutcome[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#schedule(events.every((event) => event.type === "log"));
    });
  }

  /** Resolves when nothing waits any more. */
  async drain(): Promise<void> {
    while (this.#waiting.length > 0 || this.#writing !== undefined) await (this.#writing ?? this.#write());
  }

  #schedule(patient: boolean): void {
    if (this.#writing !== undefined || this.#immediate !== undefined) return;
    if (!patient) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#immediate = setImmediate(() => void this.#write());
    } else {
      this.#timer ??= setTimeout(() => void this.#write(), windowMs);
    }
  }

  #write(): Promise<void> {
    clearTimeout(this.#timer);
    clearImmediate(this.#immediate);
    this.#timer = undefined;
    this.#immediate = undefined;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      if (this.#waiting.length > 0) this.#schedule(false);
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        await this.#settle(batch);
      } catch (error) {
        if (batch.length === 1) batch[0]?.reject(error);
        // One writer's bad events must not cost the others theirs.
        else for (const waiting of batch) await this.#settle([waiting]).catch(waiting.reject);
      }
    }
  }

  #takeBatch(): Waiting[] {
    let size = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || size < batchSize)) {
      size += this.#waiting[count]?.events.length ?? 0;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #settle(batch: readonly Waiting[]): Promise<void> {
    const outcomes = await this.#commit(batch.flatMap((waiting) => waiting.events));
    let from = 0;
    for (const { events, resolve } of batch) {
      resolve(outcomes.slice(from, from + events.length));
      from += events.length;
    }
  }
}
