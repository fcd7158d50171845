import { command } from "../command.ts";
import { projectOptions } from "../shared-options.ts";

export const server = command({
  name: "server",
  summary: "Serve page and API of a project on Postgres, whose runs workers execute",
  details:
    "One of the processes of a team, besides `dop daemon` and `dop worker`; any number of each may be started. Its log goes to stdout. With a token (DOP_SERVER_TOKEN, at least 16 characters) every request shows it: `Authorization: Bearer TOKEN`, or as the password that a browser asks for. Any address beyond loopback needs one. Commands in the same folder find the server by themselves.",
  untilStopped: true,
  options: {
    host: { value: "address", summary: "Listen there (default: `dop.server.host`, else 127.0.0.1)" },
    port: { value: "number", summary: "Listen on this port (default: `dop.server.port`, else 3939)" },
    ...projectOptions,
  },
  async run({ host, port, ...project }, context) {
    const { readServerSettings } = await import("../team-settings.ts");
    const settings = readServerSettings(project, { host, port }, context);
    const { runServer } = await import("../../server/team-process.ts");
    const { dopVersion } = await import("../version.ts");
    await runServer({
      ...settings,
      ...(project.env === undefined ? {} : { environment: project.env }),
      version: dopVersion(),
      signal: context.signal,
    });
    return 0;
  },
});
