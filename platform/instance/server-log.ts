import { mkdirSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";

/** The log of the control plane, as lines of JSON. */
export interface ServerLog extends Disposable {
  info(message: string, fields?: object): void;
  warning(message: string, fields?: object): void;
  error(message: string, fields?: object): void;
}

/** Appends to `server.log` of the folder, which is made when missing. */
export function createServerLog(folder: string): ServerLog {
  mkdirSync(folder, { recursive: true });
  return logTo(join(folder, "server.log"), { pid: process.pid });
}

/** Writes to stdout, for processes whose surroundings collect what they say; `base` stands in each line. */
export function createStdoutLog(base: object): ServerLog {
  return logTo(1, { pid: process.pid, ...base });
}

function logTo(target: string | number, base: object): ServerLog {
  const destination = pino.destination({ dest: target, sync: true, append: true });
  // A full disk, or nobody who listens, costs lines of the log, never the process that writes them.
  destination.on("error", () => {});
  const logger = pino({ base, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return {
    info: (message, fields = {}) => logger.info(fields, message),
    warning: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    [Symbol.dispose]() {
      if (typeof target === "string") destination.end();
      else destination.flushSync();
    },
  };
}
