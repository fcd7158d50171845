import type { RunEvent } from "../core/event.ts";

export interface EventSenderOptions {
  send(events: readonly RunEvent[]): void;
  /** More events without an acknowledgement make `push` wait. */
  readonly maxInFlight?: number;
  /** Milliseconds without any acknowledgement after which what is in flight is sent again. */
  readonly resendMs?: number;
}

/** Sends a run's events in order and keeps each until it is known to be stored. */
export interface EventSender extends Disposable {
  /** Resolves at once while fewer than the most are in flight, else when there is room again. */
  push(event: RunEvent): Promise<void>;
  /** Sends at once what still waits, as before the process ends. */
  flush(): void;
  acknowledge(seq: number): void;
  /** Resolves when everything is acknowledged. */
  drained(): Promise<void>;
}

export function createEventSender({
  send,
  maxInFlight = 1000,
  resendMs = 10_000,
}: EventSenderOptions): EventSender {
  let inFlight: RunEvent[] = [];
  let unsent: RunEvent[] = [];
  let waiting: { readonly limit: number; readonly resolve: () => void }[] = [];
  let flush: NodeJS.Immediate | undefined;
  let resend: NodeJS.Timeout | undefined;

  const sendAgainLater = () => {
    clearTimeout(resend);
    if (inFlight.length === 0) return;
    resend = setTimeout(() => {
      send(inFlight);
      sendAgainLater();
    }, resendMs);
  };
  const sendUnsent = () => {
    flush = undefined;
    if (unsent.length === 0) return;
    inFlight.push(...unsent);
    const batch = unsent;
    unsent = [];
    send(batch);
    sendAgainLater();
  };
  const until = (limit: number) => {
    if (inFlight.length + unsent.length <= limit) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.push({ limit, resolve });
    return promise;
  };
  return {
    push(event) {
      unsent.push(event);
      // One message for all that happens within one turn of the event loop.
      flush ??= setImmediate(sendUnsent);
      return until(maxInFlight);
    },
    flush() {
      clearImmediate(flush);
      sendUnsent();
    },
    acknowledge(seq) {
      inFlight = inFlight.filter((event) => event.seq > seq);
      sendAgainLater();
      const left = inFlight.length + unsent.length;
      const ready = waiting.filter(({ limit }) => left <= limit);
      waiting = waiting.filter(({ limit }) => left > limit);
      for (const { resolve } of ready) resolve();
    },
    drained: () => until(0),
    [Symbol.dispose]() {
      clearImmediate(flush);
      clearTimeout(resend);
    },
  };
}
