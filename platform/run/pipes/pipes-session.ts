import { type AssetKey, checkKey } from "../../core/asset-key.ts";
import type { Json } from "../../core/metadata.ts";
import { type StepContext, StepError } from "../../define/step.ts";
import { LineSplitter } from "../line-splitter.ts";
import type { LogStream } from "../step-output.ts";
import { longestMessage } from "./message-file.ts";
import { type PipesException, type PipesMessage, parsePipesMessage } from "./pipes-message.ts";
import { metadataOfPipes } from "./pipes-metadata.ts";

/** The part of a step's context that what a process tells goes to. */
export type PipesTarget = Pick<
  StepContext,
  "step" | "selectedAssets" | "selectedChecks" | "materialized" | "checked" | "log"
>;

/** A message of the log is cut after so many characters. */
const longestLog = 100_000;
/** Custom messages of one process are kept up to so many characters of their lines. */
const mostCustom = 64 * 1024 * 1024;
/** So many faults are told one by one. */
const toldFaults = 20;

/**
 * What one process tells, put into reports of its step as it comes. What cannot be taken is kept as a fault, because
 * the process does not hear of it; `end` throws for it.
 */
export class PipesSession {
  readonly #step: PipesTarget;
  readonly #streams: { readonly [stream in LogStream]: LineSplitter };
  readonly #custom: Json[] = [];
  #customLength = 0;
  readonly #faults: string[] = [];
  #faultCount = 0;
  #isOpen = false;
  #isClosed = false;
  #hasWarnedOfLate = false;
  #exception: PipesException | undefined;

  constructor(step: PipesTarget, output: { line(stream: LogStream, line: string): void }) {
    this.#step = step;
    const splitterOf = (stream: LogStream) => new LineSplitter((line) => output.line(stream, line));
    this.#streams = { stdout: splitterOf("stdout"), stderr: splitterOf("stderr") };
  }

  get customMessages(): readonly Json[] {
    return this.#custom;
  }

  /** The exception that the process closed with, and those that led to it. */
  get exception(): Error | undefined {
    return this.#exception === undefined ? undefined : errorOf(this.#exception);
  }

  /** Takes a line where every line is a message. */
  line(text: string): void {
    if (text.trim() === "") return;
    if (!this.takeMessage(text)) this.fault(`a line is no message: ${beginOf(text)}`);
  }

  /** Whether the line was a message. */
  takeMessage(text: string): boolean {
    const message = parsePipesMessage(text);
    if (message === undefined) return false;
    if ("reason" in message) this.fault(`a message ${message.reason}: ${beginOf(text)}`);
    else this.#take(message, text.length);
    return true;
  }

  tooLong(): void {
    this.fault(`a message is longer than ${longestMessage} bytes`);
  }

  /** A process that was killed may leave half a message, which is nobody's fault. */
  torn(text: string): void {
    if (!this.takeMessage(text))
      this.#step.log.warning(`pipes: the last message is cut off: ${beginOf(text)}`);
  }

  fault(message: string): void {
    this.#faultCount++;
    if (this.#faultCount > toldFaults) return;
    this.#faults.push(message);
    this.#step.log.error(`pipes: ${message}`);
  }

  /** Hands on output without an end of line, when nothing more can come. */
  flush(): void {
    for (const stream of Object.values(this.#streams)) stream.finish();
  }

  /** Tells what is missing in the end, and an exception that did not end the process. */
  finish(options: { readonly hasFailed: boolean }): void {
    if (this.#exception !== undefined && !options.hasFailed) this.#step.log.error(textOf(this.#exception));
    if (!this.#isOpen) {
      this.#step.log.warning(
        "pipes: no message came from the process; it should call `open_dagster_pipes()` and use what that gives",
      );
    } else if (!this.#isClosed) {
      this.#step.log.warning(
        "pipes: the process did not close its side, so that messages may be lost; it should use `with open_dagster_pipes() as …`",
      );
    }
  }

  /** Throws StepError for messages that could not be taken. */
  requireNoFault(): void {
    if (this.#faultCount === 0) return;
    const shown = this.#faults.slice(0, 5).join("; ");
    const more = this.#faultCount > 5 ? `; and ${this.#faultCount - 5} more` : "";
    throw new StepError(`the process reported what cannot be taken: ${shown}${more}`, { retry: "never" });
  }

  #take(message: PipesMessage, length: number): void {
    const { method } = message;
    // Output that is sent as messages still comes while the process is closing.
    if (this.#isClosed && method !== "log_external_stream" && !this.#hasWarnedOfLate) {
      this.#hasWarnedOfLate = true;
      this.#step.log.warning(`pipes: a message (\`${method}\`) came after the process had closed its side`);
    }
    try {
      this.#apply(message, length);
    } catch (error) {
      this.fault(error instanceof Error ? error.message : String(error));
    }
  }

  #apply(message: PipesMessage, length: number): void {
    const warn = (text: string) => this.#step.log.warning(`pipes: ${text}`);
    switch (message.method) {
      case "opened":
        this.#isOpen = true;
        return;
      case "closed":
        this.#isClosed = true;
        this.#exception = message.exception ?? this.#exception;
        return;
      case "log":
        this.#log(message.level, message.message);
        return;
      case "log_external_stream":
        this.#streams[message.stream].write(message.text);
        return;
      case "report_custom_message":
        this.#customLength += length;
        if (this.#customLength > mostCustom)
          throw new Error(`custom messages take more than ${mostCustom} bytes`);
        this.#custom.push(message.payload);
        return;
      case "report_asset_materialization": {
        const { dataVersion } = message;
        this.#step.materialized(this.#assetOf(message.asset, message.method), {
          metadata: metadataOfPipes(message.metadata, warn),
          ...(dataVersion === undefined ? {} : { dataVersion }),
        });
        return;
      }
      case "report_asset_check": {
        const key = checkKey(this.#checkedAsset(message.asset), message.check);
        const { passed, severity } = message;
        // The process cannot know which of its step's checks were asked for.
        if (!this.#step.selectedChecks.includes(key) && this.#step.step.checks.includes(key)) {
          this.#step.log.info(`pipes: \`${key}\` was not asked for in this run`);
          return;
        }
        this.#step.checked(key, { passed, severity, metadata: metadataOfPipes(message.metadata, warn) });
      }
    }
  }

  #log(level: string, text: string): void {
    const message =
      text.length <= longestLog ? text : `${text.slice(0, longestLog)} … (${text.length} characters in all)`;
    this.#step.log[levels[level] ?? "info"](message);
  }

  #assetOf(asset: AssetKey | undefined, method: string): AssetKey {
    const { selectedAssets } = this.#step;
    const [only, ...others] = selectedAssets;
    const found = asset ?? (others.length === 0 ? only : undefined);
    if (found === undefined)
      throw new Error(`\`${method}\` names no asset, and the step has several or none`);
    if (selectedAssets.includes(found)) return found;
    const known = selectedAssets.slice(0, 20).map((one) => `\`${one}\``);
    throw new Error(`\`${found}\` is no asset of this step, which has ${known.join(", ") || "none"}`);
  }

  /** A step of checks alone has no assets, but checks of some. */
  #checkedAsset(asset: AssetKey | undefined): AssetKey {
    return asset ?? this.#assetOf(asset, "report_asset_check");
  }
}

const levels: { readonly [level: string]: "debug" | "info" | "warning" | "error" } = {
  NOTSET: "debug",
  DEBUG: "debug",
  WARN: "warning",
  WARNING: "warning",
  ERROR: "error",
  FATAL: "error",
  CRITICAL: "error",
};

function beginOf(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}

function errorOf(exception: PipesException): Error {
  const { name, message, frames, cause } = exception;
  const error = new Error(message, cause === undefined ? {} : { cause: errorOf(cause) });
  error.name = name;
  error.stack = `${name}: ${message}\n${frames.join("").trimEnd()}`;
  return error;
}

/** As the process's own language would print it, as far as it was told. */
function textOf({ name, message, frames }: PipesException): string {
  return [...frames.map((frame) => frame.trimEnd()), message === "" ? name : `${name}: ${message}`].join(
    "\n",
  );
}
