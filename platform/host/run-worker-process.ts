import { setImmediate as nextTurn } from "node:timers/promises";
import type { RunEvent } from "../core/event.ts";
import { endWithParent } from "./end-with-parent.ts";
import { createEventSender, type EventSender } from "./event-sender.ts";
import { type ForwardedPools, forwardPools } from "./forwarded-pools.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { type MessageBody, type MessageType, parseMessage } from "./message.ts";
import { createMessage } from "./message-envelope.ts";
import { WorkerCode } from "./worker-code.ts";
import { workOn } from "./worker-run.ts";
import { leftBehind, workerState } from "./worker-state.ts";

// The process of a run worker: it waits with the platform loaded and executes runs, one at a time.

interface CurrentRun {
  readonly runId: string;
  readonly cancellation: AbortController;
  readonly sender: EventSender;
  readonly pools: ForwardedPools;
}

const code = new WorkerCode();
let current: CurrentRun | undefined;

process.on("message", (raw) => {
  const message = parseMessage(raw);
  switch (message.type) {
    case "ack":
      current?.sender.acknowledge(message.body.seq);
      break;
    case "granted":
      current?.pools.granted(message.id);
      break;
    case "cancel":
      if (current?.runId === message.body.runId) current.cancellation.abort();
      break;
    case "startRun":
      void serve(message.body);
  }
});

endWithParent();
send("loaded", {});
startHeartbeat();

async function serve(start: MessageBody<"startRun">): Promise<void> {
  const { runId, epoch } = start;
  const sender = createEventSender({
    // Checked by schema on the other side.
    send: (events) => send("events", { events: events as never }),
  });
  const cancellation = new AbortController();
  const pools = forwardPools({
    sendClaim: (claim, id) => send("claim", claim, id),
    sendRelease: (step) => send("release", { step }),
  });
  current = { runId, cancellation, sender, pools };
  let seq = 0;
  const outcome = await workOn(start, {
    code,
    signal: cancellation.signal,
    pools,
    emit(body) {
      seq += 1;
      return sender.push({ runId, epoch, seq, at: Date.now(), ...body } as RunEvent);
    },
    flush: () => sender.flush(),
    onProcessGroup: (id, state) => send("processGroup", { id, state }),
  });
  await sender.drained();
  sender[Symbol.dispose]();
  current = undefined;
  // What has just been closed is gone one turn later.
  await nextTurn();
  const reusable = start.stay && outcome.endedWell && leftBehind(outcome.before, workerState()) === undefined;
  send("finished", { reusable });
  // User code may have left timers and sockets open; the run is over all the same.
  if (!reusable) process.exit(0);
}

function send<T extends MessageType>(type: T, body: MessageBody<T>, id?: number): void {
  process.send?.(createMessage(type, body, id));
}
