import type { ErrorInfo, RunEvent } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { endText } from "./code-host.ts";
import { createHostedProcess, killProcessGroup, type ProcessEnd } from "./hosted-process.ts";
import type { Message, MessageBody } from "./message.ts";

/** What a run worker needs to know of its run. */
export interface StartRun {
  readonly runId: RunId;
  readonly epoch: number;
  readonly plan: RunPlan;
  /** Hashes of the plan's documents; a worker that builds others stops before its first step. */
  readonly documents: readonly { readonly file: string; readonly document: number; readonly hash: string }[];
  /** Metadata of the newest materialization of assets that the plan's steps may ask about. */
  readonly latestMetadata: { readonly [asset: string]: Metadata };
  readonly environment?: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** Absolute; the run's own. */
  readonly logFolder: string;
}

/** How the worker of a run came to its end: after all it had to say, or before. */
export type WorkerEnd = { readonly complete: true } | { readonly complete: false; readonly error: ErrorInfo };

export interface RunWorkerOptions {
  readonly root: string;
  /** A line that user code wrote outside a step, or a word of the worker itself. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
  /** How long a cancelled run may take to end by itself. */
  readonly cancelGraceMs?: number;
}

export interface ExecuteOptions {
  /** Stores events; what it has resolved for is acknowledged. A rejection ends the worker. */
  onEvents(events: readonly RunEvent[]): Promise<void>;
  readonly signal: AbortSignal;
}

/** A process that waits with the platform loaded and executes one run. */
export interface RunWorker extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Whether it is still there to be used. */
  isAlive(): boolean;
  /** Resolves when the process is gone. An abort cancels the run, and after the grace period kills the worker. */
  execute(start: StartRun, options: ExecuteOptions): Promise<WorkerEnd>;
}

/** Starts a worker; the platform is loaded while it waits for its run. */
export function createRunWorker({ root, onOutput, cancelGraceMs = 10_000 }: RunWorkerOptions): RunWorker {
  let onEvents: (body: Message & { type: "events" }) => void = () => {};
  let alive = true;
  const groups = createProcessGroups();
  const process = createHostedProcess({
    entry: "run-worker-process.ts",
    root,
    onOutput,
    onMessage(message) {
      if (message.type === "events") onEvents(message);
      if (message.type === "processGroup") groups.note(message.body);
      if (message.type === "log")
        onOutput(message.body.level === "info" ? "stdout" : "stderr", message.body.message);
    },
  });
  const ended = process.ended.then((end) => {
    alive = false;
    // A worker that was killed could not end them.
    groups.kill();
    return end;
  });
  return {
    pid: process.pid,
    isAlive: () => alive,
    async execute(start, { onEvents: store, signal }) {
      const intake = createIntake(store, {
        acknowledge: (seq) => process.send("ack", { seq }),
        fail: () => process.kill(),
      });
      onEvents = (message) => intake.take(message.body.events as unknown as RunEvent[]);
      process.send("startRun", {
        ...start,
        root,
        plan: start.plan as never,
        documents: [...start.documents],
        latestMetadata: { ...start.latestMetadata },
      });
      const cancellation = cancelOn(signal, {
        cancel: () => process.send("cancel", {}),
        kill: process.kill,
        cancelGraceMs,
      });
      const end = await ended;
      cancellation.stop();
      await intake.settled();
      // What the run left running goes with it.
      process.kill();
      return workerEnd(end, { ...intake.state(), killedAfterCancel: cancellation.killed() });
    },
    async [Symbol.asyncDispose]() {
      process.kill();
      await ended;
    },
  };
}

/** Process groups that a worker has told of and that have not ended. */
function createProcessGroups() {
  const running = new Set<number>();
  return {
    note({ id, state }: MessageBody<"processGroup">) {
      if (state === "started") running.add(id);
      else running.delete(id);
    },
    kill() {
      for (const id of running) killProcessGroup(id);
      running.clear();
    },
  };
}

interface IntakeState {
  /** Whether the event that ends a run came through. */
  readonly complete: boolean;
  readonly failure: unknown;
}

/** Stores events in the order in which they came, each once, however often it is sent. */
function createIntake(
  store: (events: readonly RunEvent[]) => Promise<void>,
  { acknowledge, fail }: { acknowledge(seq: number): void; fail(): void },
) {
  let queue = Promise.resolve();
  let lastSeq = 0;
  let complete = false;
  let failure: unknown;
  return {
    take(events: readonly RunEvent[]) {
      const fresh = events.filter(({ seq }) => seq > lastSeq);
      lastSeq = fresh.at(-1)?.seq ?? lastSeq;
      const seq = lastSeq;
      queue = queue.then(async () => {
        if (failure !== undefined) return;
        try {
          if (fresh.length > 0) await store(fresh);
          complete ||= fresh.some(endsRun);
          acknowledge(seq);
        } catch (error) {
          failure = error;
          fail();
        }
      });
    },
    settled: () => queue,
    state: (): IntakeState => ({ complete, failure }),
  };
}

function endsRun({ type }: RunEvent): boolean {
  return type === "run.succeeded" || type === "run.failed" || type === "run.canceled";
}

/** Asks for the end when `signal` aborts, and enforces it after the grace period. */
function cancelOn(
  signal: AbortSignal,
  { cancel, kill, cancelGraceMs }: { cancel(): void; kill(): void; cancelGraceMs: number },
) {
  let timer: NodeJS.Timeout | undefined;
  let killed = false;
  const onAbort = () => {
    cancel();
    timer = setTimeout(() => {
      killed = true;
      kill();
    }, cancelGraceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    killed: () => killed,
    stop() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

function workerEnd(end: ProcessEnd, state: IntakeState & { killedAfterCancel: boolean }): WorkerEnd {
  if (state.complete) return { complete: true };
  const name = "RunWorkerError";
  if (state.failure !== undefined) {
    const reason = state.failure instanceof Error ? state.failure.message : String(state.failure);
    return { complete: false, error: { name, message: `the run's events could not be stored: ${reason}` } };
  }
  if (state.killedAfterCancel) {
    return {
      complete: false,
      error: { name, message: "the run worker did not end by itself when cancelled and was killed" },
    };
  }
  return { complete: false, error: { name, message: `the run worker ${endText(end)}` } };
}
