import { command } from "../command.ts";
import { healthOption, projectOptions } from "../shared-options.ts";

export const daemon = command({
  name: "daemon",
  summary: "Give the runs of a project on Postgres their turn, and see to lost ones, retries and old records",
  details:
    "One of the processes of a team, besides `dop server` and `dop worker`. Any number may run; what each run is given is decided once. Its log goes to stdout. SIGTERM ends it.",
  untilStopped: true,
  options: { ...healthOption, ...projectOptions },
  async run({ healthPort, ...project }, context) {
    const { numberOf } = await import("../team-settings.ts");
    const port = numberOf("--health-port", healthPort, { most: 65_535 });
    const { runDaemon } = await import("../../server/team-process.ts");
    const { projectRoot } = await import("../project-choice.ts");
    await runDaemon({
      root: projectRoot(project, context),
      ...(project.env === undefined ? {} : { environment: project.env }),
      ...(port === undefined ? {} : { healthPort: port }),
      signal: context.signal,
    });
    return 0;
  },
});
