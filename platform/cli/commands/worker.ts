import { command } from "../command.ts";
import { secondsOf } from "../run-options.ts";
import { healthOption, projectOptions } from "../shared-options.ts";

export const worker = command({
  name: "worker",
  summary: "Execute runs of a project on Postgres",
  details:
    "One of the processes of a team, besides `dop server` and `dop daemon`; any number may run, on any machine that has the project. Where they share `.dop`, the server shows the logs of all. SIGTERM ends it: it takes no more runs, and what has not ended after the grace time goes on in another worker, without the steps that are done.",
  untilStopped: true,
  options: {
    places: { value: "count", summary: "Runs at once (default: as many as suit the machine)" },
    grace: { value: "length", summary: "How long runs may go on after SIGTERM", default: "25s" },
    ...healthOption,
    ...projectOptions,
  },
  async run({ places, grace, healthPort, ...project }, context) {
    const { numberOf } = await import("../team-settings.ts");
    const count = numberOf("--places", places, { least: 1, most: 1000 });
    const port = numberOf("--health-port", healthPort, { most: 65_535 });
    const graceMs = secondsOf("--grace", grace) * 1000;
    const { runTeamWorker } = await import("../../server/team-process.ts");
    const { projectRoot } = await import("../project-choice.ts");
    await runTeamWorker({
      root: projectRoot(project, context),
      ...(project.env === undefined ? {} : { environment: project.env }),
      ...(count === undefined ? {} : { places: count }),
      ...(port === undefined ? {} : { healthPort: port }),
      graceMs,
      signal: context.signal,
    });
    return 0;
  },
});
