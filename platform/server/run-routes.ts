import { Type } from "typebox";
import { type RunStatus, runStatuses } from "../core/run.ts";
import type { LogStream, Runs } from "../instance/runs.ts";
import { fileResponse } from "./file-response.ts";
import { HttpError } from "./problem-response.ts";
import { type Route, route } from "./route.ts";
import { materializeRequestOf, retryRequestOf } from "./run-requests.ts";
import {
  eventsSchema,
  retryRequestSchema,
  runDetailSchema,
  runRequestSchema,
  runsSchema,
  startedRunSchema,
} from "./run-schemas.ts";

const limitOf = (maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum }));

/** Runs: listed, shown, started, cancelled, done again; and the files of their steps. */
export function runRoutes(runs: Runs): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/runs",
      summary: "Runs, newest first",
      query: Type.Object({
        limit: limitOf(500),
        before: Type.Optional(Type.String({ description: "Id of a run; only older ones are listed." })),
        status: Type.Optional(Type.String({ description: "One or several, with commas between." })),
        asset: Type.Optional(Type.String()),
        tag: Type.Optional(Type.String({ description: "`key=value`; may be given several times." })),
      }),
      answer: runsSchema,
      async handle({ query: { limit = 50, before, status, asset }, request }) {
        const tags = new URL(request.url).searchParams.getAll("tag").map(tagOf);
        // One more than asked for tells whether there is a next page.
        const found = await runs.list({
          limit: limit + 1,
          ...(before === undefined ? {} : { before }),
          ...(asset === undefined ? {} : { asset }),
          ...(status === undefined ? {} : { status: statusesOf(status) }),
          ...(tags.length === 0 ? {} : { tags: Object.fromEntries(tags) }),
        });
        const page = found.slice(0, limit);
        return { runs: page, next: found.length > limit ? (page.at(-1)?.id ?? null) : null };
      },
    }),
    route({
      method: "post",
      path: "/api/v1/runs",
      summary: "Materializes a selection or runs a job",
      body: runRequestSchema,
      status: 202,
      answer: startedRunSchema,
      handle: async ({ body }) => ({ run: await runs.start(materializeRequestOf(body)) }),
    }),
    route({
      method: "get",
      path: "/api/v1/runs/{id}",
      summary: "One run and its steps",
      answer: runDetailSchema,
      handle: async ({ params: { id = "" } }) => (await runs.find(id)) ?? unknownRun(id),
    }),
    route({
      method: "get",
      path: "/api/v1/runs/{id}/events",
      summary: "Events of a run, oldest first",
      query: Type.Object({
        after: Type.Optional(Type.Integer({ minimum: 0 })),
        limit: limitOf(1000),
        step: Type.Optional(Type.String()),
      }),
      answer: eventsSchema,
      handle: ({ params: { id = "" }, query }) => runs.events(id, query),
    }),
    route({
      method: "get",
      path: "/api/v1/runs/{id}/logs/{step+}/{stream}",
      summary: "What a step wrote, from a byte on; the header x-next-offset tells where to go on",
      query: Type.Object({ offset: Type.Optional(Type.Integer({ minimum: 0 })) }),
      answer: "text/plain",
      async handle({ params: { id = "", step = "", stream = "" }, query: { offset = 0 } }) {
        if (!isLogStream(stream)) throw new HttpError(404, "unknown-log", "a stream is `stdout` or `stderr`");
        const slice = await runs.readLog(id, { step, stream, offset });
        if (slice === undefined) throw new HttpError(404, "unknown-log", "nothing was captured there");
        return new Response(slice.text, {
          headers: {
            "content-type": "text/plain; charset=utf-8",
            "x-next-offset": String(slice.nextOffset),
            "x-end": String(slice.end),
          },
        });
      },
    }),
    route({
      method: "post",
      path: "/api/v1/runs/{id}/cancel",
      summary: "Cancels a run",
      status: 202,
      answer: startedRunSchema,
      handle: async ({ params: { id = "" } }) => ({ run: await runs.cancel(id) }),
    }),
    route({
      method: "post",
      path: "/api/v1/runs/{id}/retry",
      summary: "Does the work of an ended run again, or parts of it, in a new run",
      body: retryRequestSchema,
      status: 202,
      answer: startedRunSchema,
      handle: async ({ params: { id = "" }, body }) => ({ run: await runs.retry(id, retryRequestOf(body)) }),
    }),
    route({
      method: "get",
      path: "/api/v1/files/{file}",
      summary: "A file that a step attached, by its id",
      answer: "application/octet-stream",
      async handle({ params: { file = "" } }) {
        const attachment = await runs.readAttachment(file);
        if (attachment === undefined)
          throw new HttpError(404, "unknown-file", `there is no file ${JSON.stringify(file)}`);
        return fileResponse(attachment);
      },
    }),
  ];
}

function tagOf(text: string): [string, string] {
  const at = text.indexOf("=");
  if (at < 1) throw new HttpError(400, "invalid-query", "`tag` is written `key=value`");
  return [text.slice(0, at), text.slice(at + 1)];
}

function statusesOf(text: string): RunStatus[] {
  return text.split(",").map((word) => {
    const status = runStatuses.find((known) => known === word.trim());
    if (status === undefined)
      throw new HttpError(400, "invalid-query", `\`status\` is one of ${runStatuses.join(", ")}`);
    return status;
  });
}

function isLogStream(text: string): text is LogStream {
  return text === "stdout" || text === "stderr";
}

function unknownRun(id: string): never {
  throw new HttpError(404, "unknown-run", `there is no run ${JSON.stringify(id)}`);
}
