import type { ComponentContext, SensorRequest } from "#platform";

/** What was seen, by the names under which templates know it. */
export type Seen = { readonly [name: string]: unknown };

/** Makes what a run is asked with from what was seen. Throws for a template that cannot be evaluated. */
export type MakeRequest = (seen: Seen, usual: SensorRequest) => SensorRequest;

/** `written` is the deferred attribute `request`; what it leaves out is as usual. */
export function requestMaker(context: Pick<ComponentContext, "evaluate">, written: unknown): MakeRequest {
  return (seen, usual) => {
    if (written === undefined) return usual;
    const { run_key, partition, tags, config } = context.evaluate(written, seen) as {
      readonly [field: string]: unknown;
    };
    return {
      ...usual,
      ...(run_key === undefined ? {} : { runKey: String(run_key) }),
      ...(partition === undefined ? {} : { partition: String(partition) }),
      ...(tags === undefined ? {} : { tags: textsOf(tags as object) }),
      ...(config === undefined ? {} : { config: config as NonNullable<SensorRequest["config"]> }),
    };
  };
}

function textsOf(values: object): { readonly [name: string]: string } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}
