import { availableParallelism } from "node:os";
import type { StepIsolation } from "../run/step-isolation.ts";
import type { FreshProcess, ProcessUser, StepProcessesOptions } from "./fresh-process.ts";
import { createHostedProcess, type HostedProcess, type HostedProcessOptions } from "./hosted-process.ts";
import { ProcessAttempt } from "./step-process-attempt.ts";
import { StepProcessEntry } from "./step-process-entry.ts";
import { settingsOf, type WorkerSettings } from "./worker-settings.ts";

/** The processes in which steps of one run are tried that want one of their own. */
export interface StepProcesses extends StepIsolation, AsyncDisposable {}

export function createStepProcesses(options: StepProcessesOptions): StepProcesses {
  const { root, spares: mostSpares = availableParallelism() } = options;
  const spares: FreshProcess[] = [];
  const alive = new Set<HostedProcess>();
  let expected = 0;
  let closed = false;
  let settings: WorkerSettings | undefined;
  const entry = new StepProcessEntry(root);
  const start = (): FreshProcess => {
    const fresh = createFresh(root, entry.current);
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

function createFresh(root: string, entry: HostedProcessOptions["entry"]): FreshProcess {
  let user: ProcessUser = { onMessage() {}, onOutput() {} };
  return {
    process: createHostedProcess({
      entry,
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
