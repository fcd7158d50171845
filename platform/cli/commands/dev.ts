import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { projectOptions } from "../shared-options.ts";

export const dev = command({
  name: "dev",
  summary: "Serve the project here: page, API and runs, loading again when a file changes",
  details: "It listens on 127.0.0.1:3939, or the next free port, until Ctrl-C.",
  options: {
    port: { value: "number", summary: "Listen on exactly this port" },
    ...projectOptions,
  },
  async run({ port, ...project }, context) {
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new CommandError("--port is a number");
    const { runDev } = await import("../../server/run-dev.ts");
    const { projectRoot } = await import("../project-choice.ts");
    const { dopVersion } = await import("../version.ts");
    const { print, say, color, signal } = context;
    await runDev({
      root: projectRoot(project, context),
      ...(project.env === undefined ? {} : { environment: project.env }),
      ...(port === undefined ? {} : { port: Number(port) }),
      version: dopVersion(),
      print,
      say,
      color,
      signal,
    });
    return 0;
  },
});
