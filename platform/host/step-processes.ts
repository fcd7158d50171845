import { availableParallelism } from "node:os";
import type { StepIsolation } from "../run/step-isolation.ts";
import { createHostedProcess, type HostedProcess } from "./hosted-process.ts";
import type { Message, MessageBody } from "./message.ts";
import { ProcessAttempt } from "./step-process-attempt.ts";
import { settingsOf, type WorkerSettings } from "./worker-settings.ts";

export interface StepProcessesOptions
  extends Pick<
    MessageBody<"startStep">,
    "root" | "environment" | "valuesFolder" | "filesFolder" | "attachmentBytes" | "known" | "documents"
  > {
  /** Processes that wait with the platform loaded; as many as there are processors unless given. */
  readonly spares?: number;
}

/** The processes in which steps of one run are tried that want one of their own. */
export interface StepProcesses extends StepIsolation, AsyncDisposable {}

/** A process that nobody has used yet: it serves one attempt, because what user code leaves behind cannot be seen. */
export interface FreshProcess {
  readonly process: HostedProcess;
  use(user: ProcessUser): void;
}

export interface ProcessUser {
  onMessage(message: Message): void;
  onOutput(stream: "stdout" | "stderr", line: string): void;
}

export function createStepProcesses(options: StepProcessesOptions): StepProcesses {
  const { root, spares: mostSpares = availableParallelism() } = options;
  const spares: FreshProcess[] = [];
  const alive = new Set<HostedProcess>();
  let expected = 0;
  let closed = false;
  let settings: WorkerSettings | undefined;
  const start = (): FreshProcess => {
    const fresh = createFresh(root);
    alive.add(fresh.process);
    void fresh.process.ended.then(() => {
      alive.delete(fresh.process);
      const place = spares.indexOf(fresh);
      if (place >= 0) spares.splice(place, 1);
    });
    return fresh;
  };
  const restock = () => {
    while (!closed && spares.length < Math.min(mostSpares, expected)) spares.push(start());
  };
  return {
    expect(steps) {
      expected += steps;
      restock();
    },
    async attempt(setting, run) {
      const fresh = spares.shift() ?? start();
      expected = Math.max(0, expected - 1);
      restock();
      settings ??= settingsOf(root);
      return await new ProcessAttempt(fresh, { setting, run, options, settings }).attempt();
    },
    async [Symbol.asyncDispose]() {
      closed = true;
      await Promise.all([...alive].map((process) => process[Symbol.asyncDispose]()));
    },
  };
}

function createFresh(root: string): FreshProcess {
  let user: ProcessUser = { onMessage() {}, onOutput() {} };
  return {
    process: createHostedProcess({
      entry: "step-process.ts",
      root,
      // Most of them end before so much has piled up that it is worth clearing away, or threads to clear it with.
      flags: ["--min-semi-space-size=8", "--single-threaded-gc"],
      onMessage: (message) => user.onMessage(message),
      onOutput: (stream, line) => user.onOutput(stream, line),
    }),
    use(next) {
      user = next;
    },
  };
}
