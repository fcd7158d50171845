import { type ComponentContext, reveal } from "#platform";
import type { Replication } from "./replication.ts";

/** A connection as Sling reads it from a variable; secrets are revealed. */
export function slingConnection(written: object): object {
  const { connection_string, ...properties } = reveal(written) as { connection_string?: unknown };
  return connection_string === undefined ? properties : { ...properties, url: connection_string };
}

export function slingConnections(written: { readonly [name: string]: object }): {
  readonly [name: string]: object;
} {
  return Object.fromEntries(
    Object.entries(written).map(([name, connection]) => [name, slingConnection(connection)]),
  );
}

/** Marks the component for connections that neither it nor a variable of their name defines. */
export function askForConnections(
  context: Pick<ComponentContext, "env" | "needsCredentials">,
  { source, target }: Replication,
  written: { readonly [name: string]: object },
): void {
  for (const name of new Set([source, target])) {
    // Sling's own name for the files of the machine.
    if (name === "LOCAL" || name in written) continue;
    if ((context.env(name) ?? "") === "") context.needsCredentials(name);
  }
}
