import type { ComponentContext, Static, TSchema } from "#platform";
import { schemaFaults } from "./schema-faults.ts";

/** The content of the component's lock; nothing without a lock, and where it has another shape, which is reported. */
export function lockContent<S extends TSchema>(
  context: Pick<ComponentContext, "lock" | "report">,
  schema: S,
): Static<S> | undefined {
  const content = context.lock?.content;
  if (content === undefined) return undefined;
  const [fault] = schemaFaults(schema, content);
  if (fault === undefined) return content as Static<S>;
  context.report([], {
    code: "invalid-lock",
    message: `the lock's content${fault.instancePath.replaceAll("/", ".")} ${fault.message}`,
    hint: "write it in the shape that the message names",
  });
  return undefined;
}
