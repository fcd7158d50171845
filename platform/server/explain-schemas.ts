import { Type } from "typebox";
import { explainAnswers, explainCauses } from "../core/explanation.ts";
import { atMs, nullable, words } from "./schema-parts.ts";

const cause = Type.Object({
  code: words(explainCauses),
  text: Type.String({ description: "The same for people." }),
  subject: Type.String(),
  partitions: nullable(Type.String({ description: "A partition set of the subject." })),
  operand: nullable(Type.String()),
  run_id: nullable(Type.String()),
  at_ms: nullable(atMs),
});

export const explainQuerySchema = Type.Object(
  {
    partition: Type.Optional(
      Type.String({
        maxLength: 10_000,
        description: "Unless given: the newest that is requested, else the newest.",
      }),
    ),
    at_ms: Type.Optional(Type.Integer({ minimum: 0, description: "Unless given: now." })),
  },
  { additionalProperties: false },
);

export const explanationSchema = Type.Object({
  schema: Type.Literal("dop.explain/1"),
  entity: Type.String(),
  partition: nullable(Type.String()),
  at_ms: atMs,
  answer: words(explainAnswers),
  causes: Type.Array(cause, { description: "What decides first." }),
  condition: nullable(
    Type.Object({
      text: Type.String(),
      place: nullable(
        Type.Object({ file: Type.String(), line: Type.Integer() }, { additionalProperties: true }),
      ),
      tree: Type.Unknown({ description: "How each part came out; null where there is nothing to evaluate." }),
    }),
  ),
  flip: nullable(
    Type.Object(
      {
        minimal: Type.Boolean(),
        changes: Type.Array(
          Type.Object({
            operand: Type.String(),
            entity: Type.String(),
            partitions: nullable(Type.String()),
            holds: Type.Boolean(),
          }),
        ),
      },
      { description: "The smallest change of operands that gives the other answer." },
    ),
  ),
  next: Type.Object(
    {
      kind: words(["at", "event", "never"]),
      at_ms: Type.Optional(atMs),
      by: Type.Optional(nullable(Type.String())),
      partitions: Type.Optional(nullable(Type.String())),
      until_ms: Type.Optional(nullable(atMs)),
      upstream: Type.Optional(nullable(Type.Object({ entity: Type.String(), at_ms: atMs }))),
    },
    { description: "When it can be requested next if nothing else happens." },
  ),
  last_request: nullable(
    Type.Object({
      by: Type.String(),
      at_ms: atMs,
      run_id: nullable(Type.String()),
      run_status: nullable(Type.String()),
      causes: Type.Array(cause),
    }),
  ),
  missing_evidence: Type.Array(Type.String()),
});

const parts = Type.Array(Type.Unknown());
const byName = Type.Record(Type.String(), Type.Unknown());

/** Its parts are the records that the evaluator keeps, and change with it. */
export const simulationHistorySchema = Type.Object({
  cursor: Type.Integer({ description: "End of the log." }),
  updates: parts,
  answers: parts,
  failed: parts,
  logged: parts,
  asked: parts,
  unfinished: parts,
  groups: byName,
  schedules: byName,
  switches: byName,
  freshness: byName,
  dynamicKeys: byName,
  poolLimits: byName,
  stepDurations: Type.Record(Type.String(), Type.Array(Type.Number()), {
    description: "Milliseconds that steps took which ended well, by name; the newest first.",
  }),
});
