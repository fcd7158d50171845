import { assetFieldsOf, retryPolicySchema, type Static, type StepDefinition, Type } from "#platform";

/** The attribute `execution`: how the step of a script runs. */
export const scriptExecutionSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({ description: "Name of the step; its only asset's key or the component's unless given." }),
    ),
    description: Type.Optional(Type.String({ description: "What the step does." })),
    tags: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: "Labels of the step as key and value." }),
    ),
    pool: Type.Optional(Type.String({ description: "Pool whose slots the step takes." })),
    pool_slots: Type.Optional(Type.Integer({ minimum: 1, description: "How many slots; 1 unless given." })),
    priority: Type.Optional(
      Type.Integer({ description: "Among steps that may start, the higher one goes first; 0 unless given." }),
    ),
    isolation: Type.Optional(
      Type.Union([Type.Literal("worker"), Type.Literal("process")], {
        description: "Whether the part of the step outside of Python has a process of its own too.",
      }),
    ),
    retry_policy: Type.Optional(retryPolicySchema),
    timeout_seconds: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, description: "The step fails after so long." }),
    ),
  },
  { additionalProperties: false, description: "How the step runs." },
);

export function stepExecutionOf(
  written: Static<typeof scriptExecutionSchema> = {},
): Partial<Omit<StepDefinition, "run">> {
  const { pool_slots: poolSlots, timeout_seconds: timeoutSeconds, retry_policy, ...same } = written;
  const { retryPolicy } = assetFieldsOf({ retry_policy });
  return {
    ...same,
    ...(poolSlots === undefined ? {} : { poolSlots }),
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    ...(retryPolicy === undefined ? {} : { retryPolicy }),
  };
}
