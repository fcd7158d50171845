import type { Records } from "../instance/records.ts";
import {
  allPartitionsSchema,
  partitionKeysSchema,
  partitionsSchema,
  poolLimitSchema,
  poolSchema,
  poolsSchema,
  purgeRequestSchema,
  purgeSchema,
  storageSchema,
} from "./record-schemas.ts";
import { type Route, route } from "./route.ts";

/** What is remembered besides runs, and its upkeep. */
export function recordRoutes(records: Records): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/pools",
      summary: "Pools with their limits and who holds slots of them",
      answer: poolsSchema,
      handle: async () => ({ pools: await records.pools() }),
    }),
    route({
      method: "post",
      path: "/api/v1/pools/{name+}",
      summary: "Sets the limit of a pool; null goes back to what the project says",
      body: poolLimitSchema,
      answer: poolSchema,
      handle: async ({ params: { name = "" }, body: { limit } }) => ({
        pool: await records.setPoolLimit(name, limit as number | null),
      }),
    }),
    route({
      method: "get",
      path: "/api/v1/partitions",
      summary: "Dynamic partitions with their keys",
      answer: allPartitionsSchema,
      handle: async () => ({ partitions: await records.partitions.list() }),
    }),
    ...(["add", "remove"] as const).map((verb) =>
      route({
        method: "post",
        path: `/api/v1/partitions/{name}/${verb}`,
        summary:
          verb === "add"
            ? "Adds keys of dynamic partitions"
            : "Removes keys of dynamic partitions; what is remembered of them stays",
        body: partitionKeysSchema,
        answer: partitionsSchema,
        handle: async ({ params: { name = "" }, body: { keys } }) => ({
          partitions: await records.partitions[verb](name, keys as string[]),
        }),
      }),
    ),
    route({
      method: "get",
      path: "/api/v1/storage",
      summary: "The storage: its kind, schema and size",
      answer: storageSchema,
      handle: () => records.describe(),
    }),
    route({
      method: "post",
      path: "/api/v1/purge",
      summary: "Removes what nobody needs of runs that ended before a time; facts stay",
      body: purgeRequestSchema,
      answer: purgeSchema,
      handle: async ({ body: { before_ms: beforeMs, dry_run: dryRun = false } }) =>
        await records.purge({ beforeMs, dryRun }),
    }),
  ];
}
