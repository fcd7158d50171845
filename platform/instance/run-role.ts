import type { OwnerRole } from "./run-reconciler.ts";

/**
 * What one process does about the runs of a project. A server does everything, a command sees to those that it asks for.
 *
 * Where several processes share the records: an `api` records runs and wishes, a `daemon` gives runs their turn and sees
 * to losses, retries and what is old, a `worker` executes.
 */
export type RunRole = OwnerRole | "api" | "daemon" | "worker";

export function executesRuns(role: RunRole): boolean {
  return role === "server" || role === "command" || role === "worker";
}

export function decidesOnRuns(role: RunRole): boolean {
  return role === "server" || role === "command" || role === "daemon";
}
