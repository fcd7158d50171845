import { join } from "node:path";
import type { RunEventBody } from "../core/event.ts";
import { fileNameOf } from "../io/asset-file.ts";
import { LineSplitter } from "./line-splitter.ts";
import { LogFile } from "./log-file.ts";
import type { OutputSink } from "./output-capture.ts";
import type { Redactor } from "./redact.ts";

export const logStreams = ["stdout", "stderr"] as const;
export type LogStream = (typeof logStreams)[number];

/** Name of the file, in the log folder of a run, that holds what a step wrote. */
export function stepLogFile(step: string, stream: LogStream): string {
  return `${fileNameOf(step)}.${stream === "stdout" ? "out" : "err"}`;
}

/** Outputs of which something may wait to be written. */
const unwritten = new Set<StepOutput>();
let watchesExit = false;

/** What one step writes, masked and in files of the run's log folder; attempts go on in the same files. */
export class StepOutput implements OutputSink {
  readonly #step: string;
  readonly #files: { readonly [stream in LogStream]: LogFile };
  readonly #splitters: { readonly [stream in LogStream]: LineSplitter };
  readonly #redactor: Redactor;

  constructor(step: string, options: { logFolder: string; capBytes: number; redactor: Redactor }) {
    const { logFolder, capBytes, redactor } = options;
    const fileOf = (stream: LogStream) => new LogFile(join(logFolder, stepLogFile(step, stream)), capBytes);
    this.#step = step;
    this.#files = { stdout: fileOf("stdout"), stderr: fileOf("stderr") };
    this.#redactor = redactor;
    const splitterOf = (stream: LogStream) => new LineSplitter((line) => this.line(stream, line));
    this.#splitters = { stdout: splitterOf("stdout"), stderr: splitterOf("stderr") };
  }

  async resume(): Promise<void> {
    await Promise.all(logStreams.map((stream) => this.#files[stream].resume()));
  }

  line(stream: LogStream, line: string): void {
    this.#mustBeWritten();
    this.#files[stream].line(this.#redactor.text(line));
  }

  /** Code that ends the process has said why before. */
  #mustBeWritten(): void {
    unwritten.add(this);
    if (watchesExit) return;
    watchesExit = true;
    process.on("exit", () => {
      for (const output of unwritten) output.#writeNow();
    });
  }

  #writeNow(): void {
    for (const stream of logStreams) {
      this.#splitters[stream].finish();
      this.#files[stream].flushNow();
    }
  }

  stdout(chunk: Uint8Array | string): void {
    this.#mustBeWritten();
    this.#splitters.stdout.write(chunk);
  }

  stderr(chunk: Uint8Array | string): void {
    this.#mustBeWritten();
    this.#splitters.stderr.write(chunk);
  }

  async ready(): Promise<void> {
    await Promise.all(logStreams.map((stream) => this.#files[stream].ready()));
  }

  /** Writes the rest; gives an event for each stream that holds something. */
  async finish(): Promise<RunEventBody[]> {
    for (const stream of logStreams) this.#splitters[stream].finish();
    unwritten.delete(this);
    await Promise.all(logStreams.map((stream) => this.#files[stream].flush()));
    return logStreams
      .filter((stream) => this.#files[stream].sizeBytes > 0)
      .map((stream) => ({
        type: "logs.captured",
        step: this.#step,
        stream,
        file: stepLogFile(this.#step, stream),
        sizeBytes: this.#files[stream].sizeBytes,
      }));
  }
}
