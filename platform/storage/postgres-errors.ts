import { StorageError } from "./storage-error.ts";

const lostStates = new Set([
  // The server goes down, has crashed, or starts.
  "57P01",
  "57P02",
  "57P03",
  // The connection failed, or the server ended one that was idle in a transaction.
  "08000",
  "08001",
  "08003",
  "08004",
  "08006",
  "08007",
  "25P03",
  // Too many connections for now.
  "53300",
]);

const lostCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EAI_AGAIN",
  // The socket's file is not there while the server is down.
  "ENOENT",
]);

/** Of the client library, which gives them no code. */
const lostMessages =
  /^(?:Connection terminated|Query read timeout|timeout exceeded when trying to connect|Client has encountered a connection error|Client was closed|timeout expired)/;

/** Whether the server could not be reached or the connection broke; it is worth trying again. */
export function isConnectionLost(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isConnectionLost);
  if (!(error instanceof Error)) return false;
  const code = codeOf(error);
  if (code !== undefined) return lostStates.has(code) || lostCodes.has(code);
  return lostMessages.test(error.message);
}

/** Whether another transaction was in the way: everything was rolled back, and it is worth trying again. */
export function isConflict(error: unknown): boolean {
  const code = codeOf(error);
  return code === "40001" || code === "40P01";
}

/** Errors of Postgres that a user can do something about are told as such; others stay as they are. */
export function storageErrorOf(place: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (isConnectionLost(error)) {
    return new StorageError("unreachable", `Postgres at ${place} cannot be reached: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const code = codeOf(error) ?? "";
  if (code === "53100") {
    return new StorageError("disk-full", `Postgres at ${place} has no room left`, { cause: error });
  }
  // Authorization, an unknown database, a missing right, a host that nobody knows.
  if (code.startsWith("28") || code === "3D000" || code === "42501" || code === "ENOTFOUND") {
    return new StorageError("cannot-open", `Postgres at ${place} refuses: ${error.message}`, {
      cause: error,
    });
  }
  return error;
}

/** Of several addresses that were tried, the last one's. */
function messageOf(error: Error): string {
  if (error.message !== "" || !(error instanceof AggregateError)) return error.message;
  return String(error.errors.at(-1)?.message ?? error.name);
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
