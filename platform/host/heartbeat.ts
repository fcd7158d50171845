import { Worker } from "node:worker_threads";

/** Descriptor of the pipe on which a run worker shows that it lives; the channel of messages is 3. */
export const heartbeatDescriptor = 4;

export const heartbeatMs = 1000;

/**
 * Shows every second that this process lives, from a thread of its own: a busy event loop lives, a stopped process
 * does not. When nobody holds the other end any more, the process ends with its group, however busy it is.
 */
export function startHeartbeat(): void {
  const beats = new Worker(beating, {
    eval: true,
    // Without the hooks and the variables of the main thread: it starts in milliseconds and needs neither.
    execArgv: [],
    env: {},
    workerData: { descriptor: heartbeatDescriptor, everyMs: heartbeatMs },
  });
  beats.unref();
}

const beating = `
const { writeSync } = require("node:fs");
const { descriptor, everyMs } = require("node:worker_threads").workerData;
const beat = () => {
  try {
    writeSync(descriptor, ".");
  } catch (error) {
    if (error.code === "EAGAIN") return;
    try {
      process.kill(-process.pid, "SIGKILL");
    } finally {
      process.kill(process.pid, "SIGKILL");
    }
  }
};
beat();
setInterval(beat, everyMs);
`;
