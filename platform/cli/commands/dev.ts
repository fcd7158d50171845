import { command } from "../command.ts";
import { CommandError } from "../command-context.ts";
import { projectOptions } from "../shared-options.ts";

export const dev = command({
  name: "dev",
  summary: "Serve the project here: page, API and runs, loading again when a file changes",
  details:
    "It listens on 127.0.0.1:3939, or the next free port, until Ctrl-C. With --project several times all of them are served together: a dep finds its asset in whichever project defines it.",
  options: {
    port: { value: "number", summary: "Listen on exactly this port" },
    ...projectOptions,
    project: { ...projectOptions.project, many: true },
  },
  async run({ port, project, env }, context) {
    if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new CommandError("--port is a number");
    const { startDev, runUntil } = await import("../../server/run-dev.ts");
    const { projectRoot } = await import("../project-choice.ts");
    const { dopVersion } = await import("../version.ts");
    const { print, say, color, signal } = context;
    const folders = project.length === 0 ? [undefined] : project;
    const roots = [...new Set(folders.map((folder) => projectRoot({ project: folder }, context)))];
    const options = {
      ...(env === undefined ? {} : { environment: env }),
      ...(port === undefined ? {} : { port: Number(port) }),
      version: dopVersion(),
      print,
      say,
      color,
    };
    await runUntil(signal, async () => {
      if (roots.length === 1) return await startDev({ root: roots[0] as string, ...options });
      const { startDevProjects } = await import("../../server/dev-projects.ts");
      return await startDevProjects({ roots, ...options });
    });
    return 0;
  },
});
