import { readConfiguration } from "../component/configuration.ts";
import { loadProject } from "../component/load-project.ts";
import { readVariables } from "../component/variables.ts";
import type { ComponentId } from "../core/definitions-snapshot.ts";
import { isSecretVariable } from "../core/environment.ts";
import { errorInfo, type RunEvent, type RunEventBody } from "../core/event.ts";
import type { Metadata } from "../core/metadata.ts";
import type { RunId } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { executeRun } from "../run/execute-run.ts";
import { captureOutput } from "../run/output-capture.ts";
import { createRedactor } from "../run/redact.ts";
import type { RunCode } from "../run/run-code.ts";
import { killProcessGroups } from "../run/subprocess.ts";
import { createEventSender } from "./event-sender.ts";
import { createMessage, type MessageBody, parseMessage } from "./message.ts";
import { RunOutput } from "./run-output.ts";

// The process of a run worker: it waits with the platform loaded, executes one run, and ends.

const cancellation = new AbortController();

const sender = createEventSender({
  // Checked by schema on the other side.
  send: (events) => process.send?.(createMessage("events", { events: events as never })),
});

process.on("message", (raw) => {
  const message = parseMessage(raw);
  if (message.type === "ack") sender.acknowledge(message.body.seq);
  if (message.type === "cancel") cancellation.abort();
  if (message.type === "startRun") void work(message.body);
});

// Without the control plane nobody stores what happens; what was started goes with this process and its group.
process.on("disconnect", () => {
  killProcessGroups();
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.exit(1);
  }
});

process.send?.(createMessage("loaded", {}));

async function work(start: MessageBody<"startRun">): Promise<void> {
  let seq = 0;
  const emit = (body: RunEventBody): Promise<void> => {
    seq += 1;
    const event: RunEvent = { runId: start.runId as RunId, epoch: start.epoch, seq, at: Date.now(), ...body };
    return sender.push(event);
  };
  const { root } = start;
  const { variables } = readVariables(root, process.env);
  // What is wrong with the configuration is told where the definitions are loaded.
  const { env } = readConfiguration({ root, variables }, () => {});
  const secrets = Object.entries(variables)
    .filter(([name, value]) => value !== undefined && isSecretVariable(name, env[name]))
    .map(([, value]) => value as string);
  const output = new RunOutput({ emit: (body) => void emit(body), redactor: createRedactor(secrets) });
  using _capture = captureOutput(output);
  // Code that ends the process has told something before, which says why.
  process.once("exit", () => {
    output.finish();
    sender.flush();
  });
  try {
    await run(start, { emit, variables, secrets });
  } catch (error) {
    await emit({ type: "run.failed", error: errorInfo(error) });
  }
  output.finish();
  await sender.drained();
  // User code may have left timers and sockets open; the run is over all the same.
  process.exit(0);
}

interface RunSetting {
  readonly emit: (body: RunEventBody) => Promise<void>;
  /** Those of the project. */
  readonly variables: { readonly [name: string]: string | undefined };
  readonly secrets: readonly string[];
}

async function run(start: MessageBody<"startRun">, { emit, variables, secrets }: RunSetting): Promise<void> {
  const { root, environment, dataFolder, logFolder } = start;
  const plan = start.plan as unknown as RunPlan;
  const { code, project } = await loadProject({
    root,
    variables,
    only: start.documents.map(({ file, document }) => ({ file, document, type: "" })),
    needsCode: true,
    ...(environment === undefined ? {} : { environment }),
  });
  refuseOtherDocuments(start.documents, project.components);
  // Steps and what they call see the project's variables as the loading did.
  Object.assign(process.env, variables);
  const runCode: RunCode = {
    step: (component, name) => code.findStep(component, name),
    resource: (component, key) => code.findResource(component, key),
    ioManager: (component, name) => code.findIoManager(component, name),
  };
  await executeRun(plan, {
    runId: start.runId as RunId,
    code: runCode,
    emit,
    signal: cancellation.signal,
    projectRoot: root,
    dataFolder,
    logFolder,
    secrets,
    latestMetadata: start.latestMetadata as { readonly [asset: string]: Metadata },
    onProcessGroup: (id, state) => void process.send?.(createMessage("processGroup", { id, state })),
  });
}

/** Throws where a document is not what it was when the run was planned. */
function refuseOtherDocuments(
  planned: MessageBody<"startRun">["documents"],
  built: readonly (ComponentId & { readonly hash: string; readonly status: string })[],
): void {
  for (const { file, document, hash } of planned) {
    const found = built.find((component) => component.file === file && component.document === document);
    const place = document === 1 ? file : `${file} (document ${document})`;
    if (found?.hash === hash && found.status !== "quarantined") continue;
    throw new ChangedDefinitionsError(
      found === undefined
        ? `${place} is gone since the run was planned; start it again`
        : found.status === "quarantined"
          ? `${place} cannot be loaded any more: \`dop check\` tells why`
          : `${place} has changed since the run was planned; start it again`,
    );
  }
}

class ChangedDefinitionsError extends Error {
  override readonly name = "ChangedDefinitionsError";
}
