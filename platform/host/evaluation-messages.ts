import { Type } from "typebox";

const documents = Type.Array(
  Type.Object({ file: Type.String(), document: Type.Integer(), hash: Type.String() }),
);

const component = Type.Object({ file: Type.String(), document: Type.Integer(), type: Type.String() });

const errorInfo = Type.Object({
  name: Type.String(),
  message: Type.String(),
  stack: Type.Optional(Type.String()),
});

/** What both kinds of evaluation are asked with. */
const asked = {
  root: Type.String(),
  environment: Type.Optional(Type.String()),
  /** Absolute; exists. */
  dataFolder: Type.String(),
  name: Type.String(),
  component,
  documents,
  /** Who defines the resources that it gets, and those that these use, by key. */
  resources: Type.Record(Type.String(), component),
  /** Those that it gets itself. */
  resourceKeys: Type.Array(Type.String()),
  nowMs: Type.Integer(),
  /** After so long the asked process is killed. */
  deadlineMs: Type.Number(),
};

const texts = Type.Record(Type.String(), Type.String());

const log = Type.Array(Type.String());

/** Messages to and from the process that evaluates sensors and custom conditions. */
export const evaluationBodies = {
  evaluateSensor: Type.Object({
    ...asked,
    cursor: Type.Union([Type.String(), Type.Null()]),
    /** Of a webhook; its function is called for each. */
    deliveries: Type.Optional(
      Type.Array(
        Type.Object({ id: Type.String(), receivedAtMs: Type.Integer(), body: Type.String(), headers: texts }),
      ),
    ),
  }),
  sensorResult: Type.Object({
    requests: Type.Array(
      Type.Object({
        runKey: Type.Optional(Type.String()),
        partition: Type.Optional(Type.String()),
        tags: Type.Optional(texts),
        config: Type.Optional(Type.Object({})),
      }),
    ),
    /** Absent: it stays. */
    cursor: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    skipReason: Type.Optional(Type.String()),
    /** In words, with the place in the user's file where one is known. */
    failure: Type.Optional(errorInfo),
    log,
  }),
  /** Asks about many assets at once. */
  evaluateCondition: Type.Object({ ...asked, keys: Type.Array(Type.String()) }),
  conditionResult: Type.Object({
    /** In the order of the keys: whether it holds, or the partitions for which it does. */
    answers: Type.Array(Type.Union([Type.Boolean(), Type.Array(Type.String()), Type.Null()])),
    failure: Type.Optional(errorInfo),
    log,
  }),
} as const;
