import { moduleFiles } from "../component/module-files.ts";
import type { AssetKey } from "../core/asset-key.ts";
import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { AttemptEnd, StepAttempt } from "../run/attempt-setting.ts";
import type { RunScope } from "../run/run-scope.ts";
import { tookTooLong } from "../run/step-attempt.ts";
import type { IsolatedAttempt } from "../run/step-isolation.ts";
import type { StepOutput } from "../run/step-output.ts";
import { unmadeSlices } from "../run/step-reports.ts";
import { endText } from "./code-host.ts";
import type { FreshProcess, StepProcessesOptions } from "./fresh-process.ts";
import { type HostedProcess, killProcessGroup, type ProcessEnd } from "./hosted-process.ts";
import type { Message, MessageBody } from "./message.ts";
import type { WorkerSettings } from "./worker-settings.ts";

export interface ProcessSetting {
  readonly setting: IsolatedAttempt;
  readonly run: RunScope;
  readonly options: StepProcessesOptions;
  readonly settings: WorkerSettings;
}

/** How long a process may take beyond what its step may, in milliseconds. */
const patienceMs = 2000;

/** One attempt at a step in a process that nobody else uses. */
export class ProcessAttempt {
  readonly #process: HostedProcess;
  readonly #setting: ProcessSetting;
  readonly #groups = new Set<number>();
  readonly #made = new Map<AssetKey, Set<string | null>>();
  readonly #told = Promise.withResolvers<AttemptEnd>();
  readonly #gone: Promise<ProcessEnd>;
  /** Why we killed it. */
  #verdict: unknown;

  constructor(fresh: FreshProcess, setting: ProcessSetting) {
    this.#process = fresh.process;
    this.#setting = setting;
    fresh.use({
      onMessage: (message) => this.#hear(message),
      onOutput: (stream, line) => setting.setting.output.line(stream, line),
    });
    this.#gone = this.#process.ended.then((end) => {
      this.#killGroups();
      return end;
    });
  }

  async attempt(): Promise<StepAttempt> {
    const { run, setting } = this.#setting;
    const { pid } = this.#process;
    if (pid !== undefined) run.onProcessGroup(pid, "started");
    this.#process.send("startStep", this.#startMessage());
    using _limits = this.#limits(setting.step.timeoutSeconds);
    const end = await Promise.race([this.#told.promise, this.#gone.then((gone) => this.#lost(gone))]);
    return {
      end,
      captured: () => capturedOf(setting.output),
      callHooks: (status) => this.#close(status),
      close: () => this.#close(null),
    };
  }

  #startMessage(): MessageBody<"startStep"> {
    const { run, setting, options, settings } = this.#setting;
    const { step, plan, mappingKey, attempt } = setting;
    const { spares: _spares, ...shared } = options;
    const documents = documentsOf(setting, options.documents);
    const files = documents.map(({ file }) => file);
    const asked = [...step.assets, ...step.inputs.map(({ asset }) => asset)];
    return {
      ...shared,
      settings: settings as never,
      known: { ...shared.known, steps: {} },
      runId: run.runId,
      dataFolder: run.dataFolder,
      logFolder: run.logFolder,
      plan: plan as never,
      step: step.key,
      ...(mappingKey === undefined ? {} : { mappingKey }),
      attempt,
      documents,
      ...(files.every((file) => file.endsWith(".ts")) ? { modules: moduleFiles(options.root, files) } : {}),
      latestMetadata: Object.fromEntries(
        asked.flatMap((asset) => {
          const metadata = run.latestMetadata.get(asset);
          return metadata === undefined ? [] : [[asset, metadata]];
        }),
      ),
      logCapBytes: run.capBytes,
      abortGraceMs: run.abortGraceMs,
      subprocessGraceMs: run.subprocessGraceMs,
    };
  }

  #hear(message: Message): void {
    if (message.type === "events") void this.#emit(message.body.events as unknown as RunEvent[]);
    if (message.type === "processGroup") this.#noteGroup(message.body);
    if (message.type === "stepEnded") this.#told.resolve(message.body as unknown as AttemptEnd);
  }

  async #emit(events: readonly RunEvent[]): Promise<void> {
    const { run } = this.#setting;
    for (const { runId: _run, epoch: _epoch, seq: _seq, at: _at, ...body } of events) {
      if (body.type === "asset.materialized" || body.type === "asset.observed") {
        this.#made.set(body.asset, (this.#made.get(body.asset) ?? new Set()).add(body.partition));
      }
      run.emit(body as RunEventBody);
    }
    await run.ready().catch(() => {});
    this.#process.send("ack", { seq: events.at(-1)?.seq ?? 0 });
  }

  #noteGroup({ id, state }: MessageBody<"processGroup">): void {
    if (state === "started") this.#groups.add(id);
    else this.#groups.delete(id);
    this.#setting.run.onProcessGroup(id, state);
  }

  /** What it has started dies with it. */
  #killGroups(): void {
    const { run } = this.#setting;
    for (const id of this.#groups) {
      killProcessGroup(id);
      run.onProcessGroup(id, "ended");
    }
    this.#groups.clear();
    if (this.#process.pid !== undefined) run.onProcessGroup(this.#process.pid, "ended");
  }

  /** Tells it of the cancellation, and kills it where it goes on beyond its time. */
  #limits(timeoutSeconds?: number): Disposable {
    const { run } = this.#setting;
    const graceMs = run.abortGraceMs + patienceMs;
    const timers: NodeJS.Timeout[] = [];
    const killAfter = (ms: number, verdict: unknown) => {
      timers.push(setTimeout(() => this.#kill(verdict), ms));
    };
    const onAbort = () => {
      this.#process.send("cancel", { runId: run.runId });
      killAfter(graceMs, run.signal.reason);
    };
    run.signal.addEventListener("abort", onAbort, { once: true });
    if (run.signal.aborted) onAbort();
    if (timeoutSeconds !== undefined) killAfter(timeoutSeconds * 1000 + graceMs, tookTooLong(timeoutSeconds));
    return {
      [Symbol.dispose]() {
        for (const timer of timers) clearTimeout(timer);
        run.signal.removeEventListener("abort", onAbort);
      },
    };
  }

  #kill(verdict: unknown): void {
    this.#verdict = verdict;
    this.#process.kill();
  }

  /** The end of an attempt whose process has not told of any. */
  #lost(gone: ProcessEnd): AttemptEnd {
    const { step } = this.#setting.setting;
    const message =
      this.#verdict instanceof Error ? this.#verdict.message : `the process of the step ${endText(gone)}`;
    return {
      status: "failure",
      error: { name: "StepError", message },
      advice: { kind: "policy" },
      left: unmadeSlices(step, this.#made),
    };
  }

  /** Has it call the hooks, and waits for its end; whatever it has left running is killed. */
  async #close(hooks: "success" | "failure" | null): Promise<void> {
    const { run } = this.#setting;
    using _limits = this.#limits();
    this.#process.send("closeStep", { hooks });
    const timer =
      hooks === null ? setTimeout(() => this.#process.kill(), run.abortGraceMs + patienceMs) : undefined;
    await this.#gone;
    clearTimeout(timer);
    this.#process.kill();
  }
}

/** Documents of the step, and of all resources, IO managers and hooks, as these may use each other. */
function documentsOf(
  { step, plan }: IsolatedAttempt,
  documents: StepProcessesOptions["documents"],
): StepProcessesOptions["documents"] {
  const places = [
    step.component,
    ...Object.values(plan.resources),
    ...Object.values(plan.ioManagers),
    ...Object.values(plan.hooks ?? {}),
  ];
  const named = new Set(places.map(({ file, document }) => `${file}#${document}`));
  return documents.filter(({ file, document }) => named.has(`${file}#${document}`));
}

/** Both this process and the step's write to the same files. */
async function capturedOf(output: StepOutput): Promise<RunEventBody[]> {
  await output.finish();
  await output.resume();
  return await output.finish();
}
