import { setTimeout as delay } from "node:timers/promises";
import { isTerminal } from "../core/run.ts";
import type { EventPageView, ProblemView, RunDetailView, RunView } from "../core/views.ts";
import { problemOf } from "./check-report.ts";
import { DefinitionsError } from "./definitions-error.ts";
import { InstanceError, instanceErrorReasons } from "./instance-error.ts";
import type { Owner } from "./owner-lock.ts";
import type { Runs } from "./runs.ts";

const pollMs = 250;

/** Runs of a project that another process owns, asked for through its API. */
export function createRemoteRuns(owner: Owner & { readonly port: number }): Runs {
  const api = apiOf(owner);
  const events: Runs["events"] = async (id, { after, limit, step } = {}) =>
    await api.json<EventPageView>(
      "GET",
      `/runs/${encodeURIComponent(id)}/events?${query({ after, limit, step })}`,
    );
  const find = async (id: string) => await api.json<RunDetailView>("GET", `/runs/${encodeURIComponent(id)}`);
  return {
    async start({ target, partition, tags, skipUnready }) {
      const body = {
        ...target,
        ...(partition === undefined ? {} : { partition }),
        ...(tags === undefined ? {} : { tags }),
        ...(skipUnready === undefined ? {} : { skip_unready: skipUnready }),
      };
      return (await api.json<{ run: RunView }>("POST", "/runs", body)).run;
    },
    async wait(id, { onEvents, signal } = {}) {
      let after = 0;
      for (;;) {
        const { run } = await find(id);
        if (onEvents !== undefined) {
          for (let more = true; more; ) {
            const page = await events(id, { after });
            if (page.events.length > 0) onEvents(page);
            after = page.cursor;
            more = page.more;
          }
        }
        if (isTerminal(run.status)) return run;
        await delay(pollMs, undefined, signal === undefined ? {} : { signal });
      }
    },
    cancel: async (id) =>
      (await api.json<{ run: RunView }>("POST", `/runs/${encodeURIComponent(id)}/cancel`, {})).run,
    async list({ status, asset, limit, before } = {}) {
      return (
        await api.json<{ runs: RunView[] }>(
          "GET",
          `/runs?${query({ status: status?.join(","), asset, limit, before })}`,
        )
      ).runs;
    },
    async find(id) {
      try {
        return await find(id);
      } catch (error) {
        if (error instanceof InstanceError && error.reason === "unknown-run") return undefined;
        throw error;
      }
    },
    events,
    async readLog(id, { step, stream, offset = 0 }) {
      const response = await api.fetch(
        "GET",
        `/runs/${encodeURIComponent(id)}/logs/${encodeURIComponent(step)}/${stream}?offset=${offset}`,
      );
      if (response.status === 404) return undefined;
      if (!response.ok) throw await errorOf(response);
      const { headers } = response;
      return {
        text: await response.text(),
        nextOffset: Number(headers.get("x-next-offset")),
        end: headers.get("x-end") === "true",
      };
    },
  };
}

function apiOf({ pid, port, token }: Owner & { readonly port: number }) {
  const request = async (method: string, path: string, body?: object): Promise<Response> => {
    try {
      return await fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch (error) {
      throw new InstanceError(
        "owner-unreachable",
        `process ${pid} owns the project and does not answer on port ${port}: ${reasonOf(error)}`,
      );
    }
  };
  return {
    fetch: request,
    async json<T>(method: string, path: string, body?: object): Promise<T> {
      const response = await request(method, path, body);
      if (!response.ok) throw await errorOf(response);
      return (await response.json()) as T;
    },
  };
}

interface ProblemBody {
  readonly code?: string;
  readonly detail?: string;
  readonly problems?: readonly ProblemView[];
}

async function errorOf(response: Response): Promise<Error> {
  const { code, detail, problems } = (await response.json().catch(() => ({}))) as ProblemBody;
  if (problems !== undefined) return new DefinitionsError(problems.map(problemOf));
  const reason = instanceErrorReasons.find((known) => known === code) ?? "owner-refused";
  return new InstanceError(reason, detail ?? `the owner of the project answered ${response.status}`);
}

function query(fields: { readonly [name: string]: string | number | undefined }): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
