import type { Instance } from "./instance.ts";
import { InstanceError } from "./instance-error.ts";

/** One of several projects that are open in one process. */
export interface ProjectMember {
  /** Unique among those that are open. */
  readonly name: string;
  readonly instance: Instance;
}

/** What to throw where one of several projects has to be named. */
export function severalProjects(members: readonly ProjectMember[], message: string): InstanceError {
  const names = members.map(({ name }) => `\`${name}\``).join(", ");
  return new InstanceError("invalid-request", message, `name one with \`?project=\`: ${names}`);
}
