import { type ComponentContext, type Static, Type } from "#platform";
import { lockContent } from "../lock-content.ts";

const connectorSchema = Type.Object({
  id: Type.String({ minLength: 1 }),
  /** Name of the connector, which is its schema in the destination. */
  name: Type.String({ minLength: 1 }),
  service: Type.String(),
  group_id: Type.String(),
  setup_state: Type.Optional(Type.String()),
  destination: Type.Optional(
    Type.Object({ service: Type.Optional(Type.String()), database: Type.Optional(Type.String()) }),
  ),
  /** Enabled tables as `schema.table`, as named in the destination. */
  tables: Type.Array(Type.String({ minLength: 1 })),
});

const contentSchema = Type.Object({ connectors: Type.Array(connectorSchema) });

export type LockedConnector = Static<typeof connectorSchema>;

/**
 * The connectors of the lock, those that are set up alone: a broken one must not break the project. Reports a lock
 * whose content has another shape, and gives none.
 */
export function lockedConnectors(context: Pick<ComponentContext, "lock" | "report">): LockedConnector[] {
  const connectors = lockContent(context, contentSchema)?.connectors ?? [];
  return connectors.filter(({ setup_state = "connected" }) => setup_state === "connected");
}
