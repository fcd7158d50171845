import type { Static } from "typebox";
import {
  type BackfillFilter,
  type BackfillOrder,
  type BackfillStatus,
  backfillStatuses,
} from "../core/backfill.ts";
import { type AskedBackfill, type BackfillRecords, backfillVerbs } from "../instance/backfill-records.ts";
import { InstanceError } from "../instance/instance-error.ts";
import {
  backfillPlanSchema,
  backfillQuerySchema,
  backfillRequestSchema,
  backfillSchema,
  backfillsSchema,
} from "./backfill-schemas.ts";
import { noBodySchema } from "./instigator-schemas.ts";
import { HttpError } from "./problem-response.ts";
import { type Route, route } from "./route.ts";

const summaries = {
  pause: "Starts no further runs of a backfill; those that go on go on",
  resume: "Lets a paused backfill go on",
  cancel: "Ends a backfill and cancels its runs",
  retry: "Asks again for everything that an ended backfill did not do",
} as const;

/** Backfills: what they would come to, what they are, and what may be done with them. */
export function backfillRoutes(records: BackfillRecords): Route[] {
  return [
    route({
      method: "post",
      path: "/api/v1/backfill-plans",
      summary: "What a backfill would come to; starts nothing",
      body: backfillRequestSchema,
      answer: backfillPlanSchema,
      handle: async ({ body }) => ({ plan: await records.plan(askedBackfillOf(body)) }),
    }),
    route({
      method: "post",
      path: "/api/v1/backfills",
      summary: "Asks for a backfill; a daemon does it",
      body: backfillRequestSchema,
      status: 201,
      answer: backfillSchema,
      handle: async ({ body }) => ({ backfill: await records.create(askedBackfillOf(body)) }),
    }),
    route({
      method: "get",
      path: "/api/v1/backfills",
      summary: "Backfills, newest first",
      query: backfillQuerySchema,
      answer: backfillsSchema,
      handle: async ({ query: { limit = 50, before, status } }) => ({
        backfills: await records.list({
          limit,
          ...(before === undefined ? {} : { before }),
          ...(status === undefined ? {} : { status: statusesOf(status) }),
        }),
      }),
    }),
    route({
      method: "get",
      path: "/api/v1/backfills/{id}",
      summary: "A backfill with its assets",
      answer: backfillSchema,
      async handle({ params: { id = "" } }) {
        const backfill = await records.find(id);
        if (backfill === undefined)
          throw new InstanceError("unknown-backfill", `there is no backfill \`${id}\``);
        return { backfill };
      },
    }),
    ...backfillVerbs.map((verb) =>
      route({
        method: "post",
        path: `/api/v1/backfills/{id}/${verb}`,
        summary: summaries[verb],
        body: noBodySchema,
        answer: backfillSchema,
        handle: async ({ params: { id = "" } }) => ({ backfill: await records.change(id, verb) }),
      }),
    ),
  ];
}

/** What the body of `POST /api/v1/backfills` asks for. */
function askedBackfillOf(body: Static<typeof backfillRequestSchema>): AskedBackfill {
  const { selection, partition, only, order, policy, priority, tags } = body;
  const { max_runs: maxRuns, skip_unready: skipUnready } = body;
  return {
    selection,
    partition,
    ...(only === undefined ? {} : { only: only as BackfillFilter }),
    ...(order === undefined ? {} : { order: order as BackfillOrder }),
    ...(policy === undefined
      ? {}
      : {
          policy:
            policy.type === "single_run"
              ? policy
              : { type: policy.type, maxPartitionsPerRun: policy.max_partitions_per_run },
        }),
    ...(maxRuns === undefined ? {} : { maxRuns }),
    ...(priority === undefined ? {} : { priority }),
    ...(tags === undefined ? {} : { tags }),
    ...(skipUnready === undefined ? {} : { skipUnready }),
  };
}

function statusesOf(text: string): BackfillStatus[] {
  return text.split(",").map((word) => {
    const status = backfillStatuses.find((one) => one === word.trim());
    if (status !== undefined) return status;
    throw new HttpError(400, "invalid-query", `\`status\` is one or more of ${backfillStatuses.join(", ")}`);
  });
}
