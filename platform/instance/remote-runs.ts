import { setTimeout as delay } from "node:timers/promises";
import { isTerminal } from "../core/run.ts";
import type { EventPageView, RunDetailView, RunView } from "../core/views.ts";
import { InstanceError } from "./instance-error.ts";
import { createOwnerApi, ownerErrorOf, queryText } from "./owner-api.ts";
import type { Owner } from "./owner-lock.ts";
import type { MaterializeRequest, Runs } from "./runs.ts";

const pollMs = 250;

/** Runs of a project that another process owns, asked for through its API. */
export function createRemoteRuns(owner: Owner & { readonly port: number }): Runs {
  const api = createOwnerApi(owner);
  const pathOf = (id: string) => `/runs/${encodeURIComponent(id)}`;
  const started = async (path: string, body: object) =>
    (await api.json<{ run: RunView }>("POST", path, body)).run;
  const events: Runs["events"] = async (id, { after, limit, step } = {}) =>
    await api.json<EventPageView>("GET", `${pathOf(id)}/events?${queryText({ after, limit, step })}`);
  const find = async (id: string) => await api.json<RunDetailView>("GET", pathOf(id));
  return {
    start: async (request) => await started("/runs", requestBody(request)),
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
    cancel: async (id) => await started(`${pathOf(id)}/cancel`, {}),
    retry: async (id, request) => await started(`${pathOf(id)}/retry`, request),
    async list({ status, tags, asset, limit, before } = {}) {
      const query = new URLSearchParams(queryText({ status: status?.join(","), asset, limit, before }));
      for (const [key, value] of Object.entries(tags ?? {})) query.append("tag", `${key}=${value}`);
      return (await api.json<{ runs: RunView[] }>("GET", `/runs?${query}`)).runs;
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
    async readAttachment(file) {
      const response = await api.fetch("GET", `/files/${encodeURIComponent(file)}`);
      if (response.status === 404) return undefined;
      if (!response.ok) throw await ownerErrorOf(response);
      const { headers, body } = response;
      const name = /filename\*=UTF-8''(\S+)/.exec(headers.get("content-disposition") ?? "")?.[1];
      return {
        name: name === undefined ? file : decodeURIComponent(name),
        mediaType: headers.get("content-type") ?? "application/octet-stream",
        sizeBytes: Number(headers.get("content-length")),
        open: () => body ?? new Blob().stream(),
      };
    },
    async readLog(id, { step, stream, offset = 0 }) {
      const response = await api.fetch(
        "GET",
        `${pathOf(id)}/logs/${encodeURIComponent(step)}/${stream}?offset=${offset}`,
      );
      if (response.status === 404) return undefined;
      if (!response.ok) throw await ownerErrorOf(response);
      const { headers } = response;
      return {
        text: await response.text(),
        nextOffset: Number(headers.get("x-next-offset")),
        end: headers.get("x-end") === "true",
      };
    },
  };
}

/** The request as `POST /api/v1/runs` takes it. */
function requestBody(request: MaterializeRequest): object {
  const { target, partition, tags, config, settings, stale, priority, skipUnready } = request;
  const { maxRuntimeSeconds, retryPolicy } = request;
  const body = {
    ...target,
    partition,
    tags,
    config,
    settings,
    stale,
    priority,
    max_runtime_seconds: maxRuntimeSeconds,
    retry_policy:
      retryPolicy === undefined
        ? undefined
        : {
            max_retries: retryPolicy.maxRetries,
            strategy: retryPolicy.strategy,
            on_step_failure: retryPolicy.onStepFailure,
            delay_seconds: retryPolicy.delaySeconds,
          },
    skip_unready: skipUnready,
  };
  return JSON.parse(JSON.stringify(body)) as object;
}
