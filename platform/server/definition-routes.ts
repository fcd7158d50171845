import type { ComponentId } from "../core/definitions-snapshot.ts";
import type { ScheduleSpec, SensorSpec } from "../core/job.ts";
import type { Instance } from "../instance/instance.ts";
import {
  assetDetailSchema,
  assetStatesSchema,
  assetsSchema,
  componentsSchema,
  jobsSchema,
  problemsSchema,
  schedulesSchema,
  sensorsSchema,
  snapshotSchema,
} from "./api-schemas.ts";
import { HttpError } from "./problem-response.ts";
import { type Route, route } from "./route.ts";

/** What is defined, and what is remembered of it. */
export function definitionRoutes({ catalog, definitions }: Instance): Route[] {
  return [
    route({
      method: "get",
      path: "/api/v1/components",
      summary: "Components, also those that are quarantined or lack something, with their problems",
      answer: componentsSchema,
      handle: async () => ({ components: await catalog.components() }),
    }),
    route({
      method: "get",
      path: "/api/v1/problems",
      summary: "All problems of the definitions",
      answer: problemsSchema,
      handle: () => catalog.report(),
    }),
    route({
      method: "get",
      path: "/api/v1/assets",
      summary: "All assets",
      answer: assetsSchema,
      handle: async () => ({ schema: "dop.assets/1", assets: await catalog.assets() }),
    }),
    route({
      method: "get",
      path: "/api/v1/asset-states",
      summary: "The latest materialization, check results and staleness of all assets",
      answer: assetStatesSchema,
      handle: async () => ({ states: await catalog.assetStates() }),
    }),
    route({
      method: "get",
      path: "/api/v1/assets/{key+}",
      summary: "One asset with its latest materialization, checks, staleness, partitions, files and history",
      answer: assetDetailSchema,
      async handle({ params: { key = "" } }) {
        const asset = await catalog.asset(key);
        if (asset === undefined)
          throw new HttpError(404, "unknown-asset", `there is no asset ${JSON.stringify(key)}`);
        return asset;
      },
    }),
    route({
      method: "get",
      path: "/api/v1/jobs",
      summary: "Jobs",
      answer: jobsSchema,
      async handle() {
        const { jobs } = (await definitions.ready()).definitions;
        return {
          jobs: jobs.map(({ name, description, selection, tags, component }) => ({
            name,
            description: description ?? null,
            selection,
            tags: tags ?? {},
            file: component?.file ?? null,
          })),
        };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/schedules",
      summary: "Schedules",
      answer: schedulesSchema,
      async handle() {
        const { schedules } = (await definitions.ready()).definitions;
        return {
          schedules: schedules.map((schedule) => ({
            ...instigatorView(schedule),
            cron: [schedule.cron].flat(),
            time_zone: schedule.timeZone,
          })),
        };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/sensors",
      summary: "Sensors",
      answer: sensorsSchema,
      async handle() {
        const { sensors } = (await definitions.ready()).definitions;
        return {
          sensors: sensors.map((sensor) => ({
            ...instigatorView(sensor),
            kind: sensor.kind,
            minimum_interval_seconds: sensor.minimumIntervalSeconds,
          })),
        };
      },
    }),
    route({
      method: "get",
      path: "/api/v1/snapshot",
      summary: "The definitions as plain data",
      answer: snapshotSchema,
      handle: () => catalog.snapshot(),
    }),
  ];
}

function instigatorView(spec: (ScheduleSpec | SensorSpec) & { readonly component?: ComponentId }) {
  return {
    name: spec.name,
    description: spec.description ?? null,
    target: spec.target ?? null,
    default_status: spec.defaultStatus,
    file: spec.component?.file ?? null,
  };
}
