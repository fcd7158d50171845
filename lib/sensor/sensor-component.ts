import { Component, type ComponentContext, type Definitions, type Json, type SensorSpec } from "#platform";
import { exampleOf } from "../example.ts";
import { targetOf } from "../schedule/target.ts";
import { sensorSchema } from "./sensor-schema.ts";

/** Least seconds between two looks, by kind, where nothing is written; a webhook is told and never looks. */
const intervals = {
  file: 30,
  http: 60,
  sql: 60,
  run_status: 30,
  asset: 30,
  automation: 30,
  webhook: 0,
} as const;

export class SensorComponent extends Component<typeof sensorSchema> {
  static override readonly schema = sensorSchema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SensorComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { name, watch, tags, description, default_status, minimum_interval } = this.attributes;
    const target = targetOf(context, this.attributes);
    if (target === undefined) return {};
    const { kind, ...settings } = watch;
    const sensor: SensorSpec = {
      name,
      kind,
      target,
      minimumIntervalSeconds: minimum_interval ?? intervals[kind],
      defaultStatus: default_status,
      ...(tags === undefined ? {} : { tags }),
      ...(description === undefined ? {} : { description }),
      settings: JSON.parse(JSON.stringify(settings)) as { readonly [key: string]: Json },
      ...(watch.kind === "sql" ? { resources: [watch.resource] } : {}),
      codeReferences: [context.codeReference()],
      origins: context.origins({
        name: ["name"],
        target: ["job" in target ? "job" : "target"],
        minimumIntervalSeconds: ["minimum_interval"],
        resources: ["watch", "resource"],
      }),
    };
    return { sensors: [sensor] };
  }
}
