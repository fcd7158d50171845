import type { RunEvent } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import type { KnownState } from "../run/known-state.ts";
import type { PoolGate } from "../run/pool-gate.ts";
import { createEventIntake, type EventIntake } from "./event-intake.ts";
import { createHostedProcess, killProcessGroup } from "./hosted-process.ts";
import type { MessageBody } from "./message.ts";
import { endWithoutRunEnd, type WorkerEnd, type WorkerLoss } from "./worker-end.ts";

/** What a run worker needs to know of its run. */
export interface StartRun {
  readonly runId: RunId;
  readonly epoch: number;
  readonly plan: RunPlan;
  /** Hashes of the plan's documents; a worker that builds others stops before its first step. */
  readonly documents: readonly { readonly file: string; readonly document: number; readonly hash: string }[];
  /** Metadata of the newest materialization of assets that the plan's steps may ask about. */
  readonly latestMetadata: { readonly [asset: string]: Metadata };
  readonly known?: KnownState;
  readonly environment?: string;
  /** Absolute. */
  readonly dataFolder: string;
  /** Absolute; the run's own. */
  readonly logFolder: string;
  /** Absolute; of all runs. */
  readonly valuesFolder: string;
  /** Absolute; where files that steps attach are kept, up to so many bytes each. */
  readonly filesFolder: string;
  readonly attachmentBytes: number;
  /** Whether the worker may serve another run, where this one leaves nothing behind. */
  readonly stay: boolean;
}

export interface RunWorkerOptions {
  readonly root: string;
  /** A line that user code wrote outside a step, or a word of the worker itself. */
  onOutput(stream: "stdout" | "stderr", line: string): void;
  /** How long a cancelled run may take to end by itself. */
  readonly cancelGraceMs?: number;
  /** How long a worker may show no sign of life. */
  readonly silenceMs: number;
}

export interface ExecuteOptions {
  /**
   * Stores events and gives how many were refused; what it has resolved for is acknowledged. A refusal or a rejection
   * ends the worker.
   */
  onEvents(events: readonly RunEvent[]): Promise<number>;
  /** A claim that rejects ends the worker. */
  readonly pools: PoolGate;
  readonly signal: AbortSignal;
  /** Told of process groups as steps start them and as they end, so that somebody else can end them. */
  onProcessGroup?(id: number, state: "started" | "ended"): void;
}

/** A process that waits with the platform loaded and executes runs, one at a time. */
export interface RunWorker extends AsyncDisposable {
  readonly pid: number | undefined;
  /** Whether it is still there to be used. */
  isAlive(): boolean;
  /** Whether it has shown so lately; a stopped process does not. */
  isResponsive(): boolean;
  /**
   * Resolves when the run has ended and the worker is free again or gone. An abort cancels the run, and after the grace
   * period kills the worker.
   */
  execute(start: StartRun, options: ExecuteOptions): Promise<WorkerEnd>;
}

const silenceCheckMs = 1000;

interface Execution {
  readonly onProcessGroup: ExecuteOptions["onProcessGroup"];
  readonly intake: EventIntake;
  readonly pools: PoolGate;
  readonly claims: AbortController;
  /** Resolves with whether the worker can be used again. */
  readonly finished: PromiseWithResolvers<boolean>;
  /** Why the worker was killed, when we killed it. */
  loss: WorkerLoss | undefined;
}

/** Starts a worker; the platform is loaded while it waits for its run. */
export function createRunWorker(options: RunWorkerOptions): RunWorker {
  const { root, onOutput, cancelGraceMs = 10_000, silenceMs } = options;
  let alive = true;
  let current: Execution | undefined;
  const groups = createProcessGroups();
  const process = createHostedProcess({
    entry: "run-worker-process.ts",
    root,
    heartbeat: true,
    onOutput,
    onMessage(message) {
      switch (message.type) {
        case "events":
          current?.intake.take(message.body.events as unknown as RunEvent[]);
          break;
        case "processGroup":
          groups.note(message.body);
          current?.onProcessGroup?.(message.body.id, message.body.state);
          break;
        case "claim":
          claim(message.body, message.id);
          break;
        case "release":
          void current?.pools.release(message.body.step);
          break;
        case "finished":
          current?.finished.resolve(message.body.reusable);
          break;
        case "log":
          onOutput(message.body.level === "info" ? "stdout" : "stderr", message.body.message);
      }
    },
  });
  const ended = process.ended.then((end) => {
    alive = false;
    // A worker that was killed could not end them.
    groups.kill();
    return end;
  });
  const kill = (loss: WorkerLoss) => {
    if (current !== undefined) current.loss ??= loss;
    process.kill();
  };
  const claim = ({ step, pools }: MessageBody<"claim">, id: number) => {
    const execution = current;
    if (execution === undefined) return;
    execution.pools.claim(step, pools, execution.claims.signal).then(
      () => process.send("granted", {}, id),
      () => {
        if (!execution.claims.signal.aborted) kill("replaced");
      },
    );
  };
  return {
    pid: process.pid,
    isAlive: () => alive,
    isResponsive: () => alive && process.silentMs() < silenceMs,
    async execute(start, { onEvents, pools, signal, onProcessGroup }) {
      const execution: Execution = {
        onProcessGroup,
        intake: createEventIntake(onEvents, {
          acknowledge: (seq) => process.send("ack", { seq }),
          fail: kill,
        }),
        pools,
        claims: new AbortController(),
        finished: Promise.withResolvers(),
        loss: undefined,
      };
      current = execution;
      process.send("startRun", messageOf(start, root));
      using _cancellation = cancelOn(signal, {
        cancel: () => process.send("cancel", { runId: start.runId }),
        kill: () => kill("cancelled"),
        cancelGraceMs,
      });
      using _watch = watchSilence({ silentMs: process.silentMs, silenceMs, kill: () => kill("silent") });
      const end = await Promise.race([execution.finished.promise, ended]);
      const free = end === true && groups.isEmpty();
      // What the run left running goes with it.
      if (!free) process.kill();
      const gone = free ? undefined : await ended;
      await execution.intake.settled();
      execution.claims.abort();
      current = undefined;
      if (execution.intake.complete()) return { complete: true, free };
      const { loss, intake } = execution;
      return endWithoutRunEnd({ loss, failure: intake.failure(), process: gone, silenceMs });
    },
    async [Symbol.asyncDispose]() {
      process.kill();
      await ended;
    },
  };
}

function messageOf(start: StartRun, root: string): MessageBody<"startRun"> {
  return {
    ...start,
    root,
    plan: start.plan as never,
    documents: [...start.documents],
    latestMetadata: { ...start.latestMetadata },
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
    isEmpty: () => running.size === 0,
    kill() {
      for (const id of running) killProcessGroup(id);
      running.clear();
    },
  };
}

/** Asks for the end when `signal` aborts, and enforces it after the grace period. */
function cancelOn(
  signal: AbortSignal,
  { cancel, kill, cancelGraceMs }: { cancel(): void; kill(): void; cancelGraceMs: number },
): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const onAbort = () => {
    cancel();
    timer = setTimeout(kill, cancelGraceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    },
  };
}

/** Kills what is silent too long. When this process itself was stopped, what was said meanwhile is heard first. */
function watchSilence({
  silentMs,
  silenceMs,
  kill,
}: {
  silentMs(): number;
  silenceMs: number;
  kill(): void;
}): Disposable {
  const everyMs = Math.min(silenceCheckMs, silenceMs / 2);
  let lastCheck = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const wasAwake = now - lastCheck < everyMs * 3;
    lastCheck = now;
    if (wasAwake && silentMs() > silenceMs) kill();
  }, everyMs);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
