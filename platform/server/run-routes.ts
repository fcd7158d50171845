import { Type } from "typebox";
import { type RunStatus, runStatuses } from "../core/run.ts";
import type { LogStream, MaterializeRequest, Runs } from "../instance/runs.ts";
import {
  eventsSchema,
  runDetailSchema,
  runRequestSchema,
  runsSchema,
  startedRunSchema,
} from "./api-schemas.ts";
import { HttpError } from "./problem-response.ts";
import { type Route, route } from "./route.ts";

const limitOf = (maximum: number) => Type.Optional(Type.Integer({ minimum: 1, maximum }));

/** Runs: listed, shown, started, cancelled. */
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
      }),
      answer: runsSchema,
      async handle({ query: { limit = 50, before, status, asset } }) {
        // One more than asked for tells whether there is a next page.
        const found = await runs.list({
          limit: limit + 1,
          ...(before === undefined ? {} : { before }),
          ...(asset === undefined ? {} : { asset }),
          ...(status === undefined ? {} : { status: statusesOf(status) }),
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
      async handle({ body: { selection, job, partition, tags, skip_unready: skipUnready } }) {
        const run = await runs.start({
          target: targetOf(selection, job),
          ...(partition === undefined || partition.trim() === "" ? {} : { partition }),
          ...(tags === undefined ? {} : { tags }),
          ...(skipUnready === undefined ? {} : { skipUnready }),
        });
        return { run };
      },
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
  ];
}

function targetOf(selection: string | undefined, job: string | undefined): MaterializeRequest["target"] {
  if (selection !== undefined && job === undefined) return { selection };
  if (job !== undefined && selection === undefined) return { job };
  throw new HttpError(400, "invalid-body", "give either `selection` or `job`");
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
