import { type InstigatorRecords, instigatorKinds } from "../instance/instigator-records.ts";
import {
  instigatorSchema,
  instigatorsSchema,
  noBodySchema,
  tickQuerySchema,
  ticksSchema,
} from "./instigator-schemas.ts";
import { type Route, route } from "./route.ts";

/** Schedules, sensors and automation groups: what they are, their ticks, and their switches. */
export function instigatorRoutes(records: InstigatorRecords): Route[] {
  return [
    ...instigatorKinds.flatMap((kind): Route[] => [
      route({
        method: "get",
        path: `/api/v1/${kind}-states`,
        summary: `The ${kind}s${kind === "sensor" ? " and automation groups" : ""}, whether they are on, and their last tick`,
        answer: instigatorsSchema,
        handle: async () => ({ instigators: await records.list(kind) }),
      }),
      route({
        method: "get",
        path: `/api/v1/${kind}s/{name}/ticks`,
        summary: `Ticks of a ${kind} with their reasons and runs, newest first`,
        query: tickQuerySchema,
        answer: ticksSchema,
        handle: async ({ params: { name = "" }, query: { limit = 50, before } }) => ({
          ticks: await records.ticks(kind, name, { limit, ...(before === undefined ? {} : { before }) }),
        }),
      }),
      switchRoute(records, kind, "start"),
      switchRoute(records, kind, "stop"),
    ]),
    route({
      method: "post",
      path: "/api/v1/sensors/{name}/reset",
      summary: "Makes a sensor look as if for the first time",
      body: noBodySchema,
      answer: instigatorSchema,
      handle: async ({ params: { name = "" } }) => ({ instigator: await records.reset(name) }),
    }),
  ];
}

function switchRoute(
  records: InstigatorRecords,
  kind: (typeof instigatorKinds)[number],
  verb: "start" | "stop",
): Route {
  return route({
    method: "post",
    path: `/api/v1/${kind}s/{name}/${verb}`,
    summary: `Switches a ${kind} ${verb === "start" ? "on" : "off"}; it goes before what the definitions say`,
    body: noBodySchema,
    answer: instigatorSchema,
    handle: async ({ params: { name = "" } }) => ({
      instigator: await records.switchTo(kind, name, verb === "start" ? "running" : "stopped"),
    }),
  });
}
