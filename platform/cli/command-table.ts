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
  job: async () => (await import("./commands/job.ts")).job,
  explain: async () => (await import("./commands/explain.ts")).explain,
  run: async () => (await import("./commands/run.ts")).run,
  pool: async () => (await import("./commands/pool.ts")).pool,
  schedule: async () => (await import("./commands/schedule.ts")).schedule,
  sensor: async () => (await import("./commands/sensor.ts")).sensor,
  tick: async () => (await import("./commands/tick.ts")).tick,
  logs: async () => (await import("./commands/logs.ts")).logs,
  purge: async () => (await import("./commands/purge.ts")).purge,
  snapshot: async () => (await import("./commands/snapshot.ts")).snapshot,
  diff: async () => (await import("./commands/diff.ts")).diff,
  env: async () => (await import("./commands/env.ts")).env,
  schema: async () => (await import("./commands/schema.ts")).schema,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
  server: async () => (await import("./commands/server.ts")).server,
  daemon: async () => (await import("./commands/daemon.ts")).daemon,
  worker: async () => (await import("./commands/worker.ts")).worker,
};
