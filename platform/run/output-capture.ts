import { AsyncLocalStorage } from "node:async_hooks";

/** Takes what code writes to standard output and standard error. */
export interface OutputSink {
  stdout(chunk: Uint8Array | string): void;
  stderr(chunk: Uint8Array | string): void;
}

const sinks = new AsyncLocalStorage<OutputSink>();
let captures = 0;
/** Takes what is written outside of any `withOutputSink`; without it that is written as ever. */
let fallback: OutputSink | undefined;
let restore = () => {};

/** Everything that `work` and what it starts write through `process.stdout` and `process.stderr` goes to `sink`. */
export function withOutputSink<T>(sink: OutputSink, work: () => T): T {
  return sinks.run(sink, work);
}

/**
 * From now on output is looked at; ends when all captures are disposed of. What nobody else takes goes to `rest`, where
 * it is given.
 */
export function captureOutput(rest?: OutputSink): Disposable {
  fallback = rest ?? fallback;
  if (captures++ === 0) {
    const undo = [patch("stdout"), patch("stderr")];
    restore = () => {
      for (const one of undo) one();
    };
  }
  return {
    [Symbol.dispose]() {
      if (rest !== undefined && fallback === rest) fallback = undefined;
      if (--captures === 0) restore();
    },
  };
}

function patch(stream: "stdout" | "stderr"): () => void {
  const target = process[stream];
  const original = target.write;
  const patched = function (this: unknown, ...args: unknown[]): boolean {
    const sink = sinks.getStore() ?? fallback;
    if (sink === undefined) return Reflect.apply(original, target, args) as boolean;
    const [chunk, encoding] = args;
    sink[stream](
      typeof chunk === "string" && typeof encoding === "string" && encoding !== "utf8" && encoding !== "utf-8"
        ? Buffer.from(chunk, encoding as BufferEncoding)
        : (chunk as string | Uint8Array),
    );
    const done = args.findLast((argument) => typeof argument === "function") as (() => void) | undefined;
    if (done !== undefined) process.nextTick(done);
    return true;
  } as typeof target.write;
  target.write = patched;
  return () => {
    // Somebody who patched it after us keeps their patch.
    if (target.write === patched) target.write = original;
  };
}
