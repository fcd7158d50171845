import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";
import type { KnownState } from "../run/known-state.ts";
import { LocalArtifacts } from "../run/local-artifacts.ts";
import { captureOutput } from "../run/output-capture.ts";
import type { RunCode } from "../run/run-code.ts";
import { createEngine, createRunScope, type RunScope } from "../run/run-scope.ts";
import { attemptStep } from "../run/step-attempt.ts";
import { StepOutput } from "../run/step-output.ts";
import { endWithParent } from "./end-with-parent.ts";
import { createEventSender } from "./event-sender.ts";
import type { MessageBody, MessageType } from "./message.ts";
import { createMessage, trustedMessage } from "./message-envelope.ts";
import { stepCodeFor } from "./step-process-code.ts";
import type { WorkerSettings } from "./worker-settings.ts";

// The process of one attempt at a step: it waits with the platform loaded, makes the attempt, and ends.

const cancellation = new AbortController();
const sender = createEventSender({
  // Checked by schema on the other side.
  send: (events) => send("events", { events: events as never }),
});
let close: (hooks: "success" | "failure" | null) => void = () => {};

process.on("message", (raw) => {
  const message = trustedMessage(raw);
  if (message.type === "startStep") void serve(message.body);
  if (message.type === "ack") sender.acknowledge(message.body.seq);
  if (message.type === "cancel") cancellation.abort();
  if (message.type === "closeStep") close(message.body.hooks);
});

endWithParent();
send("loaded", {});

async function serve(start: MessageBody<"startStep">): Promise<void> {
  const closing = Promise.withResolvers<"success" | "failure" | null>();
  close = closing.resolve;
  const settings = start.settings as WorkerSettings;
  Object.assign(process.env, settings.variables);
  await using engine = createEngine({
    dataFolder: start.dataFolder,
    ...(settings.duckdb === undefined ? {} : { duckdb: settings.duckdb }),
  });
  const run = scopeOf(start, settings, engine);
  const step = run.plan.steps.find(({ key }) => key === start.step) as PlannedStep;
  const output = new StepOutput(step.key, run);
  await output.resume();
  // Also what code writes while it is imported.
  using _capture = captureOutput(output);
  // Code that ends the process has told something before, which says why.
  process.once("exit", () => sender.flush());
  const { mappingKey, attempt: number } = start;
  const attempt = await attemptStep({ step, mappingKey, attempt: number, output }, run);
  await attempt.captured();
  sender.flush();
  send("stepEnded", attempt.end as never);
  const hooks = await closing.promise;
  if (hooks !== null) await attempt.callHooks(hooks);
  await run.resources.close();
  await output.finish();
  await sender.drained();
  // User code may have left timers and sockets open; the step is over all the same.
  process.exit(0);
}

function scopeOf(
  start: MessageBody<"startStep">,
  { variables, secrets }: WorkerSettings,
  engine: RunScope["engine"],
): RunScope {
  const { root, runId, environment, documents, modules, filesFolder, attachmentBytes } = start;
  let seq = 0;
  const emit = (body: RunEventBody) => {
    seq += 1;
    return sender.push({ runId, epoch: 0, seq, at: Date.now(), ...body } as RunEvent);
  };
  return createRunScope(
    start.plan as unknown as RunPlan,
    {
      runId: runId as RunId,
      code: lazily(() =>
        stepCodeFor({
          root,
          environment,
          documents,
          variables,
          ...(modules === undefined ? {} : { modules }),
        }),
      ),
      emit,
      signal: cancellation.signal,
      projectRoot: root,
      dataFolder: start.dataFolder,
      logFolder: start.logFolder,
      valuesFolder: start.valuesFolder,
      attachments: new LocalArtifacts({ folder: filesFolder, capBytes: attachmentBytes }),
      known: start.known as unknown as KnownState,
      latestMetadata: start.latestMetadata as { readonly [asset: string]: Metadata },
      variables,
      secrets,
      logCapBytes: start.logCapBytes,
      abortGraceMs: start.abortGraceMs,
      subprocessGraceMs: start.subprocessGraceMs,
      onProcessGroup: (id, state) => send("processGroup", { id, state }),
    },
    engine,
  );
}

/** Loads the code when it is first asked for, so that what is wrong with it is the failure of the step. */
function lazily(load: () => Promise<RunCode>): RunCode {
  let loaded: Promise<RunCode> | undefined;
  const code = () => {
    loaded ??= load();
    return loaded;
  };
  return {
    step: async (component, name) => (await code()).step(component, name),
    hook: async (component, name) => (await code()).hook(component, name),
    resource: async (component, key) => (await code()).resource(component, key),
    ioManager: async (component, name) => (await code()).ioManager(component, name),
  };
}

function send<T extends MessageType>(type: T, body: MessageBody<T>): void {
  process.send?.(createMessage(type, body));
}
