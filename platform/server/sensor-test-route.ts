import { Type } from "typebox";
import { testSensor } from "../daemon/test-sensor.ts";
import type { Instance } from "../instance/instance.ts";
import { type Route, route } from "./route.ts";

const text = Type.Union([Type.String(), Type.Null()]);
const texts = Type.Array(Type.String());

const sensorTestSchema = Type.Object({
  name: Type.String(),
  kind: Type.String(),
  cursor: text,
  next_cursor: text,
  skip_reason: text,
  failure: text,
  log: texts,
  requests: Type.Array(
    Type.Object({
      run_key: text,
      assets: texts,
      partitions: Type.Unknown(),
      tags: Type.Record(Type.String(), Type.String()),
      config: Type.Unknown(),
    }),
  ),
  faults: texts,
});

/** Evaluates a sensor without consequences. */
export function sensorTestRoute(instance: Pick<Instance, "automation" | "definitions">): Route {
  return route({
    method: "post",
    path: "/api/v1/sensors/{name}/test",
    summary: "Evaluates a sensor once and commits nothing: what it would ask for, or why nothing",
    body: Type.Object(
      { cursor: Type.Optional(text) },
      {
        additionalProperties: false,
        description: "The cursor to look from; that of the sensor unless given.",
      },
    ),
    answer: sensorTestSchema,
    handle: async ({ params: { name = "" }, body: { cursor } }) =>
      await testSensor(instance.automation, await instance.definitions.ready(), {
        name,
        now: Temporal.Now.instant(),
        ...(cursor === undefined ? {} : { cursor }),
      }),
  });
}
