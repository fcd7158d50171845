import type { RunEvent } from "../core/event.ts";

/** Takes what a run worker sends. */
export interface EventIntake {
  take(events: readonly RunEvent[]): void;
  /** Resolves when all that was taken is stored, or is not to be. */
  settled(): Promise<void>;
  /** Whether the event that ends a run came through. */
  complete(): boolean;
  /** Why events could not be stored. */
  failure(): unknown;
}

/** Stores events in the order in which they came, each once, however often it is sent. */
export function createEventIntake(
  store: (events: readonly RunEvent[]) => Promise<number>,
  { acknowledge, fail }: { acknowledge(seq: number): void; fail(loss: "replaced" | "unstored"): void },
): EventIntake {
  let queue = Promise.resolve();
  let lastSeq = 0;
  let complete = false;
  let failure: unknown;
  let failed = false;
  return {
    take(events) {
      const fresh = events.filter(({ seq }) => seq > lastSeq);
      lastSeq = fresh.at(-1)?.seq ?? lastSeq;
      const seq = lastSeq;
      queue = queue.then(async () => {
        if (failed) return;
        try {
          const refused = fresh.length > 0 ? await store(fresh) : 0;
          if (refused > 0) {
            failed = true;
            fail("replaced");
            return;
          }
          complete ||= fresh.some(endsRun);
          acknowledge(seq);
        } catch (error) {
          failed = true;
          failure = error;
          fail("unstored");
        }
      });
    },
    settled: () => queue,
    complete: () => complete,
    failure: () => failure,
  };
}

function endsRun({ type }: RunEvent): boolean {
  return type === "run.succeeded" || type === "run.failed" || type === "run.canceled";
}
