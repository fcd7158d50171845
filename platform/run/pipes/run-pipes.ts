// `pipes` is the host of the Dagster Pipes protocol (version 0.1): it tells a process what its step is about and takes
// what the process reports.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type PipesOptions,
  type PipesResult,
  StepError,
  type SubprocessOptions,
  type SubprocessResult,
} from "../../define/step.ts";
import type { LogStream } from "../step-output.ts";
import type { LineTaker } from "../subprocess.ts";
import { longestMessage, MessageFile } from "./message-file.ts";
import {
  encodePipesParameter,
  type PipesContextData,
  type PipesFacts,
  pipesContext,
} from "./pipes-context.ts";
import { pipesVersionField } from "./pipes-message.ts";
import { PipesSession, type PipesTarget } from "./pipes-session.ts";

export interface PipesSetting {
  readonly step: PipesFacts & PipesTarget & { readonly signal: AbortSignal };
  /** By the keys that the step's code knows. */
  readonly codeVersions: { readonly [asset: string]: string };
  /** Takes output that comes as messages. */
  readonly output: { line(stream: LogStream, line: string): void };
  /** Resolves when there is room for further reports. */
  ready(): Promise<void>;
  /** Like `runSubprocess` with the step's setting. */
  subprocess(
    command: string,
    args: readonly string[],
    options: SubprocessOptions & { readonly taker?: LineTaker },
  ): Promise<SubprocessResult>;
}

/**
 * Runs a process that speaks Pipes until it ends and all that it told is reported. Throws StepError where it fails, with
 * the exception that it told of as the cause, or where it reports what cannot be taken.
 */
export async function runPipes(
  {
    command,
    args,
    options = {},
  }: { command: string; args: readonly string[]; options: PipesOptions | undefined },
  setting: PipesSetting,
): Promise<PipesResult> {
  const session = new PipesSession(setting.step, setting.output);
  const folder = await mkdtemp(join(tmpdir(), "dop-pipes-"));
  let end: End;
  try {
    const data = pipesContext(setting.step, setting.codeVersions, jsonExtras(options.extras));
    const context = await contextParameter(folder, data, options);
    end = await withMessages(folder, { session, options, setting }, async (messages, taker) => {
      const parameters = { context: encodePipesParameter(context), messages: encodePipesParameter(messages) };
      return endOf(
        setting.subprocess(command, [...args, ...argumentsOf(parameters, options)], {
          ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
          env: { ...options.env, ...variablesOf(parameters, options) },
          ...(taker === undefined ? {} : { taker }),
        }),
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  session.flush();
  if (setting.step.signal.aborted) throw end?.error ?? setting.step.signal.reason;
  session.finish({ hasFailed: end !== undefined });
  if (end !== undefined) throw withCause(end.error, session.exception);
  session.requireNoFault();
  return { customMessages: session.customMessages };
}

/** What the process failed with, if it did. */
type End = { readonly error: unknown } | undefined;

type MessageParameter =
  | { readonly path: string; readonly include_stdio_in_messages?: true }
  | { readonly stdio: "stdout" | "stderr" };

/** Reads messages while `work` runs, and afterwards what is left of them. */
async function withMessages(
  folder: string,
  { session, options, setting }: { session: PipesSession; options: PipesOptions; setting: PipesSetting },
  work: (messages: MessageParameter, taker: LineTaker | undefined) => Promise<End>,
): Promise<End> {
  const ready = () => setting.ready();
  const { messages = "file", includeStdio = false } = options;
  if (messages !== "file") {
    const take = stdioTaker(session, messages, setting);
    return work({ stdio: messages }, { take, ready, longest: longestMessage });
  }
  const path = join(folder, "messages");
  const file = await MessageFile.create(path, {
    line: (text) => session.line(text),
    tooLong: () => session.tooLong(),
    torn: (text) => session.torn(text),
    ready,
  });
  try {
    return await work({ path, ...(includeStdio ? { include_stdio_in_messages: true } : {}) }, undefined);
  } finally {
    await file.close();
  }
}

const messageStart = `{"${pipesVersionField}"`;

/** A message may stand behind output that did not end its line. */
function stdioTaker(session: PipesSession, stream: LogStream, { output }: PipesSetting): LineTaker["take"] {
  return (from, line) => {
    if (from !== stream || !line.includes(pipesVersionField)) return false;
    if (line.length > longestMessage && line.startsWith(messageStart)) {
      session.tooLong();
      return true;
    }
    if (session.takeMessage(line)) return true;
    const at = line.indexOf(messageStart);
    if (at <= 0 || !session.takeMessage(line.slice(at))) return false;
    output.line(from, line.slice(0, at));
    return true;
  };
}

/** Files in a folder that `mkdtemp` has made are out of others' reach; the mode says it again. */
async function contextParameter(
  folder: string,
  data: PipesContextData,
  { context = "file" }: PipesOptions,
): Promise<object> {
  if (context === "inline") return { data };
  const path = join(folder, "context");
  await writeFile(path, JSON.stringify(data), { mode: 0o600, flag: "wx" });
  return { path };
}

interface Parameters {
  readonly context: string;
  readonly messages: string;
}

function variablesOf({ context, messages }: Parameters, { parameters = "variables" }: PipesOptions) {
  return parameters === "variables"
    ? { DAGSTER_PIPES_CONTEXT: context, DAGSTER_PIPES_MESSAGES: messages }
    : {};
}

function argumentsOf({ context, messages }: Parameters, { parameters }: PipesOptions): string[] {
  return parameters === "arguments"
    ? ["--dagster-pipes-context", context, "--dagster-pipes-messages", messages]
    : [];
}

/** Throws StepError for what JSON cannot hold, such as a value that contains itself. */
function jsonExtras(extras: PipesOptions["extras"] = {}): { readonly [name: string]: unknown } {
  try {
    return JSON.parse(JSON.stringify(extras)) as { readonly [name: string]: unknown };
  } catch (error) {
    throw new StepError("the extras of the process cannot be written as JSON", {
      retry: "never",
      cause: error,
    });
  }
}

async function endOf(work: Promise<unknown>): Promise<End> {
  try {
    await work;
    return undefined;
  } catch (error) {
    return { error };
  }
}

function withCause(error: unknown, cause: Error | undefined): unknown {
  if (cause === undefined || !(error instanceof StepError)) return error;
  return new StepError(error.message, { retry: error.retry, cause });
}
