import type { RunEventBody } from "../core/event.ts";
import { LineSplitter } from "../run/line-splitter.ts";
import type { OutputSink } from "../run/output-capture.ts";
import type { Redactor } from "../run/redact.ts";

/** More lines of one run are left out: they are events, and steps have files of their own for what they write. */
const mostLines = 2000;

/** Makes events of what user code writes outside its steps, such as while it is imported. */
export class RunOutput implements OutputSink {
  readonly #splitters: { readonly [stream in "stdout" | "stderr"]: LineSplitter };
  readonly #emit: (body: RunEventBody) => void;
  readonly #redactor: Redactor;
  #lines = 0;

  constructor({ emit, redactor }: { emit(body: RunEventBody): void; readonly redactor: Redactor }) {
    this.#emit = emit;
    this.#redactor = redactor;
    this.#splitters = {
      stdout: new LineSplitter((line) => this.#line("info", line)),
      stderr: new LineSplitter((line) => this.#line("warning", line)),
    };
  }

  stdout(chunk: Uint8Array | string): void {
    this.#splitters.stdout.write(chunk);
  }

  stderr(chunk: Uint8Array | string): void {
    this.#splitters.stderr.write(chunk);
  }

  /** Tells lines that have no end. */
  finish(): void {
    this.#splitters.stdout.finish();
    this.#splitters.stderr.finish();
  }

  #line(level: "info" | "warning", line: string): void {
    this.#lines += 1;
    if (this.#lines > mostLines + 1) return;
    const message =
      this.#lines > mostLines ? `[output beyond ${mostLines} lines is left out]` : this.#redactor.text(line);
    this.#emit({ type: "log", level, message });
  }
}
