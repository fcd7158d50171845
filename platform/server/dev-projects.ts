import { startDaemon } from "../daemon/run-daemon-loop.ts";
import { openProjects, type Projects } from "../instance/open-projects.ts";
import { tellOfAbsentProjects } from "./absent-projects-text.ts";
import { createProjectsApp } from "./create-projects-app.ts";
import { listen } from "./listen.ts";
import { type Dev, type DevOptions, openWhenFree, tellOfLoads } from "./run-dev.ts";
import { tickText } from "./tick-text.ts";

export interface DevProjectsOptions extends Omit<DevOptions, "root"> {
  /** Absolute, each another one. */
  readonly roots: readonly string[];
}

/** Starts several projects behind one address; what is said begins with the name of its project. */
export async function startDevProjects(options: DevProjectsOptions): Promise<Dev> {
  const { roots, environment, port, version, print, say, color = false } = options;
  await using starting = new AsyncDisposableStack();
  const projects = starting.use(
    await openProjects({
      roots,
      watch: true,
      open: openWhenFree,
      onOutput: (project, line) => say(`${project}: ${line}`),
      ...(environment === undefined ? {} : { environment }),
    }),
  );
  for (const { name, instance } of projects.members)
    starting.defer(tellOfLoads(instance, { say: (text) => say(prefixed(name, text)), color }));
  starting.defer(tellOfTogether(projects, say));
  starting.defer(tellOfAbsentProjects(projects.joined, say));
  const { fetch } = createProjectsApp(projects, { version });
  const server = starting.use(await listen(fetch, port === undefined ? {} : { port }));
  projects.joined.publishPort(server.port);
  print(`dop dev: ${server.url}`);
  for (const { name, instance } of projects.members)
    starting.use(startDaemon(instance, { onTick: (tick) => say(`${name}: ${tickText(tick)}`) }));
  const running = starting.move();
  return { url: server.url, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** A problem begins with an empty line and its file. */
function prefixed(name: string, text: string): string {
  return text.startsWith("\n") ? `\n${name}/${text.slice(1)}` : `${name}: ${text}`;
}

/** Says what is wrong with the projects together. */
function tellOfTogether({ joined, problems }: Projects, say: (text: string) => void): () => void {
  const told = new Set<string>();
  const tell = () => {
    // Before, a key may only seem to be nobody's.
    if (joined.definitions.current() === undefined) return;
    for (const { project, problem } of problems()) {
      const { span, code, message } = problem;
      const text = `${project}/${span.file}:${span.start.line}:${span.start.column} error[${code}]: ${message}`;
      if (!told.has(text)) say(text);
      told.add(text);
    }
  };
  tell();
  return joined.definitions.subscribe(tell);
}
