import { createHash, timingSafeEqual } from "node:crypto";
import type { Instance } from "../instance/instance.ts";
import type { Projects } from "../instance/open-projects.ts";
import { projectsSchema } from "./api-schemas.ts";
import { createApp } from "./create-app.ts";
import { HttpError, problemResponse } from "./problem-response.ts";
import { type Route, route } from "./route.ts";

/** Answers a request. */
export interface ProjectsApp {
  fetch(request: Request): Response | Promise<Response>;
}

/**
 * The API over several projects. Every address answers for all of them together; with `?project=NAME`, or to a command
 * of one project (which shows the token of that project), for the one alone, just as if it were served alone.
 */
export function createProjectsApp(
  { members, joined }: Projects,
  options: { readonly version: string },
): ProjectsApp {
  const routes = [projectsRoute(members)];
  const whole = createApp(joined, { ...options, routes });
  const single = new Map(
    members.map(({ name, instance }) => [name, createApp(instance, { ...options, routes })] as const),
  );
  return {
    fetch(request) {
      const url = new URL(request.url);
      const asked = url.searchParams.get("project");
      const name = asked ?? members.find(({ instance }) => shows(request, instance))?.name;
      if (name === undefined) return whole.fetch(request);
      const app = single.get(name);
      if (app === undefined) return problemResponse(unknownProject(name, [...single.keys()]));
      url.searchParams.delete("project");
      return app.fetch(asked === null ? request : new Request(url, request));
    },
  };
}

function projectsRoute(members: Projects["members"]): Route {
  return route({
    method: "get",
    path: "/api/v1/projects",
    summary: "The projects that are served together; `?project=NAME` at any address asks one of them alone",
    answer: projectsSchema,
    handle: () => ({
      projects: members.map(({ name, instance: { definitions } }) => {
        const snapshot = definitions.current();
        const failure = definitions.failure()?.message ?? null;
        return {
          name,
          status: snapshot !== undefined ? "ready" : failure === null ? "loading" : "failed",
          environment: snapshot?.environment ?? null,
          snapshot_id: snapshot?.id ?? null,
          failure,
        };
      }),
    }),
  });
}

function unknownProject(name: string, known: readonly string[]): HttpError {
  const names = known.map((one) => `\`${one}\``).join(", ");
  return new HttpError(404, "unknown-project", `there is no project \`${name}\` here, but ${names}`);
}

/** Whether the request comes from a command of that project; its guard checks the token again. */
function shows({ headers }: Request, { token }: Instance): boolean {
  const shown = /^Bearer (.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  return shown !== undefined && timingSafeEqual(digest(shown), digest(token));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
