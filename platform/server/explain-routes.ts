import type { Records } from "../instance/records.ts";
import { explainQuerySchema, explanationSchema, simulationHistorySchema } from "./explain-schemas.ts";
import { type Route, route } from "./route.ts";

/** Why things run or do not. Goes before the routes of assets, whose keys may hold slashes. */
export function explainRoutes(records: Records): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/assets/{key+}/explain",
      summary: "Why an asset or a check is requested or not, and what would change that",
      query: explainQuerySchema,
      answer: explanationSchema,
      handle: async ({ params: { key = "" }, query: { partition, at_ms: atMs } }) =>
        await records.explain(key, {
          ...(partition === undefined ? {} : { partition }),
          ...(atMs === undefined ? {} : { atMs }),
        }),
    }),
    route({
      method: "get",
      path: "/api/v1/simulation-history",
      summary: "What a simulation of the time to come goes on from",
      answer: simulationHistorySchema,
      handle: () => records.simulationHistory(),
    }),
  ];
}
