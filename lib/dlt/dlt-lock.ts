import { type ComponentContext, type Static, Type } from "#platform";
import { lockContent } from "../lock-content.ts";

const loadSchema = Type.Object({
  /** As written in the component file. */
  source: Type.String({ minLength: 1 }),
  pipeline: Type.String({ minLength: 1 }),
  source_name: Type.String({ minLength: 1 }),
  pipeline_name: Type.String({ minLength: 1 }),
  dataset_name: Type.String({ minLength: 1 }),
  destination: Type.String({ minLength: 1 }),
  resources: Type.Array(
    Type.Object({ name: Type.String({ minLength: 1 }), description: Type.Optional(Type.String()) }),
  ),
});

const contentSchema = Type.Object({ loads: Type.Array(loadSchema) });

export type LockedLoad = Static<typeof loadSchema>;

/** What Python said of the loads; reports a lock of another shape, and gives none. */
export function lockedLoads(context: Pick<ComponentContext, "lock" | "report">): LockedLoad[] {
  return lockContent(context, contentSchema)?.loads ?? [];
}
