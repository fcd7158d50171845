// `host` runs user code in processes of its own: the code host, which loads definitions, and run workers.
import { type Static, type TSchema, Type } from "typebox";
import { Check, Errors } from "typebox/schema";
import { evaluationBodies } from "./evaluation-messages.ts";
import { protocolVersion } from "./message-envelope.ts";

const errorInfoSchema = Type.Object({
  name: Type.String(),
  message: Type.String(),
  stack: Type.Optional(Type.String()),
});

const documentSchema = Type.Object({ file: Type.String(), document: Type.Integer(), hash: Type.String() });

/** The fields that the control plane itself relies on; the rest of an event belongs to storage. */
const runEventSchema = Type.Object({
  runId: Type.String(),
  epoch: Type.Integer({ minimum: 0 }),
  seq: Type.Integer({ minimum: 1 }),
  at: Type.Number(),
  type: Type.String(),
});

/** What each message carries, by its type. */
export const messageBodies = {
  /** To the code host: load the definitions. */
  load: Type.Object({
    root: Type.String(),
    environment: Type.Optional(Type.String()),
    /** Whether further loads will follow, so that what was read is worth holding. */
    again: Type.Boolean(),
    /** Files that changed since the last load, relative to the root; absent when anything may have. */
    changed: Type.Optional(Type.Array(Type.String())),
  }),
  /** From either kind of process: ready to be asked, or (with a snapshot or a failure) the answer to `load`. */
  loaded: Type.Object({
    snapshot: Type.Optional(Type.Object({ schema: Type.Literal("dop.snapshot/1"), id: Type.String() })),
    failure: Type.Optional(errorInfoSchema),
  }),
  /** To a run worker: build the plan's documents and execute it. */
  startRun: Type.Object({
    runId: Type.String(),
    epoch: Type.Integer({ minimum: 0 }),
    root: Type.String(),
    environment: Type.Optional(Type.String()),
    /** Absolute folders. */
    dataFolder: Type.String(),
    logFolder: Type.String(),
    valuesFolder: Type.String(),
    filesFolder: Type.String(),
    /** Largest file that a step may attach. */
    attachmentBytes: Type.Integer({ minimum: 0 }),
    /** What earlier attempts and the run that this one does again have brought about. */
    known: Type.Optional(Type.Object({})),
    /** Whether the worker is to stay for another run, where this one leaves nothing behind. */
    stay: Type.Boolean(),
    plan: Type.Object({ snapshotId: Type.String(), steps: Type.Array(Type.Object({ key: Type.String() })) }),
    /** What the plan's documents hashed to when it was made. */
    documents: Type.Array(documentSchema),
    /** Metadata of the newest materialization of assets that the plan's steps may ask about. */
    latestMetadata: Type.Record(Type.String(), Type.Object({})),
  }),
  /** From a run worker. Sent again until acknowledged. */
  events: Type.Object({ events: Type.Array(runEventSchema) }),
  /** To a run worker: everything up to `seq` is stored. */
  ack: Type.Object({ seq: Type.Integer({ minimum: 0 }) }),
  /** From a run worker: a process group that a step has started, which is to be killed if the worker dies first. */
  processGroup: Type.Object({
    id: Type.Integer({ minimum: 1 }),
    state: Type.Union([Type.Literal("started"), Type.Literal("ended")]),
  }),
  /** From a run worker: a step wants slots of pools; answered by `granted` when it has them all. */
  claim: Type.Object({
    step: Type.String(),
    pools: Type.Array(
      Type.Object({
        pool: Type.String(),
        slots: Type.Integer({ minimum: 1 }),
        limit: Type.Integer({ minimum: 0 }),
      }),
    ),
  }),
  granted: Type.Object({}),
  /** From a run worker: a step gives back its slots, or does not want them any more. */
  release: Type.Object({ step: Type.String() }),
  /** From a run worker, when all its events are stored: whether it can serve another run. */
  finished: Type.Object({ reusable: Type.Boolean() }),
  /** To a run worker: end the run as cancelled. */
  cancel: Type.Object({ runId: Type.String() }),
  /** To the process of a step: build the documents that it needs and try it once. */
  startStep: Type.Object({
    runId: Type.String(),
    root: Type.String(),
    environment: Type.Optional(Type.String()),
    /** What the run takes from the project itself, read once for all of its steps. */
    settings: Type.Object({
      variables: Type.Record(Type.String(), Type.String()),
      secrets: Type.Array(Type.String()),
      duckdb: Type.Optional(Type.Object({})),
    }),
    /** Absolute folders. */
    dataFolder: Type.String(),
    logFolder: Type.String(),
    valuesFolder: Type.String(),
    filesFolder: Type.String(),
    attachmentBytes: Type.Integer({ minimum: 0 }),
    /** The plan with the step and those that hand it values. */
    plan: Type.Object({ snapshotId: Type.String(), steps: Type.Array(Type.Object({ key: Type.String() })) }),
    step: Type.String(),
    mappingKey: Type.Optional(Type.String()),
    attempt: Type.Integer({ minimum: 1 }),
    documents: Type.Array(documentSchema),
    /** What the documents come from, where all of them are TypeScript modules. */
    modules: Type.Optional(
      Type.Array(
        Type.Object({
          file: Type.String(),
          hash: Type.Optional(Type.String()),
          looks: Type.Record(Type.String(), Type.String()),
        }),
      ),
    ),
    latestMetadata: Type.Record(Type.String(), Type.Object({})),
    known: Type.Object({}),
    logCapBytes: Type.Integer({ minimum: 0 }),
    abortGraceMs: Type.Number({ minimum: 0 }),
    subprocessGraceMs: Type.Number({ minimum: 0 }),
  }),
  /** From the process of a step: how the attempt came out, after all that it had to tell. */
  stepEnded: Type.Object({ status: Type.Union([Type.Literal("success"), Type.Literal("failure")]) }),
  /** To the process of a step: what is left is to call the hooks, if any, and to close what is open. */
  closeStep: Type.Object({
    hooks: Type.Union([Type.Literal("success"), Type.Literal("failure"), Type.Null()]),
  }),
  ...evaluationBodies,
  /** From either: something for the log of the control plane. */
  log: Type.Object({
    level: Type.Union([Type.Literal("info"), Type.Literal("warning"), Type.Literal("error")]),
    message: Type.String(),
  }),
} as const satisfies { readonly [type: string]: TSchema };

export type MessageType = keyof typeof messageBodies;

/** Worked out once for each type: of a type parameter `Static` would be worked out at every use. */
type MessageBodies = { readonly [T in MessageType]: Static<(typeof messageBodies)[T]> };

export type MessageBody<T extends MessageType> = MessageBodies[T];

/** One message; an answer carries the `id` of what it answers. */
export type Message = {
  [T in MessageType]: {
    readonly v: typeof protocolVersion;
    readonly id: number;
    readonly type: T;
    readonly body: MessageBody<T>;
  };
}[MessageType];

/** Throws TypeError with the first fault for anything that is no message of this version. */
export function parseMessage(raw: unknown): Message {
  if (typeof raw !== "object" || raw === null) throw new TypeError("a message is not an object");
  const { v, id, type, body } = raw as Record<string, unknown>;
  if (v !== protocolVersion) throw new TypeError(`a message of version ${String(v)}, not ${protocolVersion}`);
  if (!Number.isInteger(id)) throw new TypeError("a message without a number as its id");
  if (typeof type !== "string" || !Object.hasOwn(messageBodies, type))
    throw new TypeError(`no message is named ${String(type)}`);
  const schema = messageBodies[type as MessageType];
  if (!Check(schema, body)) {
    const [, [first]] = Errors(schema, body);
    throw new TypeError(
      `the message ${type} is malformed at ${first?.instancePath || "/"}: ${first?.message ?? "unknown"}`,
    );
  }
  return raw as Message;
}
