import type { Instance } from "../instance/instance.ts";

/** Milliseconds between signs of life; proxies and browsers close silent connections. */
const heartbeatMs = 15_000;

/** What is kept for a reader who does not read; past it the connection ends, and the browser comes again. */
const maxWaiting = 1000;

/**
 * Server-sent events: `definitions` when they changed or failed to load, `run` when a run's record or events changed.
 * They tell that something is new and who; the reader asks the API for the rest.
 */
export function changeStream(instance: Instance, signal: AbortSignal): Response {
  const encoder = new TextEncoder();
  let stop = () => {};
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const send = (text: string) => {
          if ((controller.desiredSize ?? 0) < 0) end();
          else controller.enqueue(encoder.encode(text));
        };
        const unsubscribes = [
          instance.definitions.subscribe((change) =>
            send(
              change.type === "loaded"
                ? message("definitions", {
                    snapshot_id: change.loaded.snapshot.id,
                    files: change.loaded.changed,
                  })
                : message("definitions", { failure: change.failure.message }),
            ),
          ),
          instance.onRunChange(({ runs }) => send(message("run", { ids: runs }))),
        ];
        const heartbeat = setInterval(() => send(": alive\n\n"), heartbeatMs);
        stop = () => {
          clearInterval(heartbeat);
          for (const unsubscribe of unsubscribes) unsubscribe();
          stop = () => {};
        };
        const end = () => {
          stop();
          controller.close();
        };
        signal.addEventListener("abort", () => stop(), { once: true });
        send(message("hello", { snapshot_id: instance.definitions.current()?.id ?? null }));
      },
      cancel: () => stop(),
    },
    { highWaterMark: maxWaiting },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" } });
}

function message(event: string, data: object): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
