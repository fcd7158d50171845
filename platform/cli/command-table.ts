import type { CommandTable } from "./command.ts";

/** All commands by name, in the order of help. */
export const commandTable: CommandTable = {
  check: async () => (await import("./commands/check.ts")).check,
  list: async () => (await import("./commands/list.ts")).list,
  docs: async () => (await import("./commands/docs.ts")).docs,
  problem: async () => (await import("./commands/problem.ts")).problem,
  scaffold: async () => (await import("./commands/scaffold.ts")).scaffold,
  dev: async () => (await import("./commands/dev.ts")).dev,
  materialize: async () => (await import("./commands/materialize.ts")).materialize,
  run: async () => (await import("./commands/run.ts")).run,
  snapshot: async () => (await import("./commands/snapshot.ts")).snapshot,
  diff: async () => (await import("./commands/diff.ts")).diff,
  env: async () => (await import("./commands/env.ts")).env,
  schema: async () => (await import("./commands/schema.ts")).schema,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
};
