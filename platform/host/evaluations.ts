import { Type } from "typebox";
import { Check, Errors } from "typebox/schema";
import { placeOfError } from "../component/import-module.ts";
import { type ErrorInfo, errorInfo } from "../core/event.ts";
import type { Json } from "../core/metadata.ts";
import type {
  SensorContext,
  SensorFunction,
  SensorOutcome,
  WebhookDelivery,
} from "../define/sensor-function.ts";
import type { StepLog } from "../define/step.ts";
import { createRedactor } from "../run/redact.ts";
import type { RunCode } from "../run/run-code.ts";
import { RunResources } from "../run/run-resources.ts";
import { evaluationBodies } from "./evaluation-messages.ts";
import type { MessageBody } from "./message.ts";
import { type EvaluatedCode, WorkerCode } from "./worker-code.ts";
import { settingsOf, type WorkerSettings } from "./worker-settings.ts";

type SensorResult = MessageBody<"sensorResult">;
type ConditionResult = MessageBody<"conditionResult">;
type Asked = Omit<MessageBody<"evaluateCondition">, "keys">;

/** Sends an answer with the number of what it answers. */
export type SendAnswer = <T extends "sensorResult" | "conditionResult">(
  type: T,
  body: MessageBody<T>,
  id: number,
) => void;

/** The share of its time after which a function is asked to stop. */
const abortShare = 0.9;

/** Calls functions of sensors and custom conditions in this process, any number at a time. */
export class Evaluations {
  readonly #send: SendAnswer;
  readonly #code = new WorkerCode();
  #loading: Promise<unknown> = Promise.resolve();
  #settings: WorkerSettings | undefined;

  constructor(send: SendAnswer) {
    this.#send = send;
  }

  async sensor(asked: MessageBody<"evaluateSensor">, id: number): Promise<void> {
    const log = new KeptLog();
    const body = await this.#evaluate(asked, log, async (setting) => {
      const found = setting.code.sensor(asked.component, asked.name);
      if (found === undefined) throw new Error(`no function defines the sensor \`${asked.name}\``);
      return asked.deliveries === undefined
        ? sensorResult(await called(found, { ...setting, cursor: asked.cursor }))
        : await ofDeliveries(found, asked, setting);
    });
    const answer: SensorResult =
      "failure" in body
        ? { requests: [], failure: body.failure, log: log.lines }
        : { ...body.value, log: log.lines };
    this.#send("sensorResult", this.#redacted(answer), id);
  }

  async condition(asked: MessageBody<"evaluateCondition">, id: number): Promise<void> {
    const log = new KeptLog();
    let failure: ErrorInfo | undefined;
    const body = await this.#evaluate(asked, log, async (setting) => {
      const found = setting.code.condition(asked.component, asked.name);
      if (found === undefined) throw new Error(`no function defines the condition \`${asked.name}\``);
      const answers: ConditionResult["answers"] = [];
      for (const asset of asked.keys) {
        try {
          answers.push(conditionAnswer(await found.evaluate({ ...setting.context, asset }), asset));
        } catch (error) {
          failure ??= placedError(error, asked.root);
          answers.push(null);
        }
      }
      return answers;
    });
    const told = "failure" in body ? body.failure : failure;
    this.#send(
      "conditionResult",
      this.#redacted({
        answers: "failure" in body ? asked.keys.map(() => null) : body.value,
        ...(told === undefined ? {} : { failure: told }),
        log: log.lines,
      }),
      id,
    );
  }

  async #evaluate<T>(
    asked: Asked,
    log: KeptLog,
    work: (setting: EvaluationSetting) => Promise<T>,
  ): Promise<{ readonly value: T } | { readonly failure: ErrorInfo }> {
    const { root, dataFolder, nowMs } = asked;
    const controller = new AbortController();
    const timer = setTimeout(
      () => controller.abort(new Error("the evaluation takes too long")),
      asked.deadlineMs * abortShare,
    );
    let resources: RunResources | undefined;
    try {
      const { code, variables } = await this.#prepare(asked);
      resources = new RunResources({
        plan: { resources: asked.resources },
        code,
        variables,
        projectRoot: root,
        dataFolder,
        emit: () => {},
        log,
        now: () => performance.now(),
      });
      const opened = await resources.open(asked.resourceKeys);
      const context: SensorContext = {
        cursor: null,
        now: Temporal.Instant.fromEpochMilliseconds(nowMs),
        log,
        signal: controller.signal,
        resources: opened,
        projectRoot: root,
      };
      return { value: await work({ code, context, root }) };
    } catch (error) {
      return { failure: placedError(error, root) };
    } finally {
      clearTimeout(timer);
      await resources?.close();
    }
  }

  /** One after the other: two of a document would build it twice. */
  #prepare({ root, environment, documents }: Asked): Promise<Prepared> {
    const prepared = this.#loading.then(async () => {
      this.#settings ??= settingsOf(root);
      const { variables } = this.#settings;
      // Functions see the project's variables as the loading did.
      Object.assign(process.env, variables);
      return { variables, code: await this.#code.codeFor({ root, environment, documents, variables }) };
    });
    this.#loading = prepared.catch(() => {});
    return prepared;
  }

  #redacted<T>(body: T): T {
    return createRedactor(this.#settings?.secrets ?? []).data(body);
  }
}

interface Prepared {
  readonly code: RunCode & EvaluatedCode;
  readonly variables: WorkerSettings["variables"];
}

interface EvaluationSetting {
  readonly code: RunCode & EvaluatedCode;
  readonly context: SensorContext;
  readonly root: string;
}

const outcomeSchema = Type.Object(
  {
    requests: Type.Optional(evaluationBodies.sensorResult.properties.requests),
    cursor: Type.Optional(Type.Union([Type.String(), Type.Null()])),
    skipReason: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

async function called(
  { name, evaluate }: SensorFunction,
  {
    context,
    cursor,
    delivery,
  }: {
    readonly context: SensorContext;
    readonly cursor: string | null;
    readonly delivery?: WebhookDelivery;
  },
): Promise<SensorOutcome> {
  const answer = await evaluate({ ...context, cursor, ...(delivery === undefined ? {} : { delivery }) });
  const outcome: unknown = answer === undefined ? {} : Array.isArray(answer) ? { requests: answer } : answer;
  if (Check(outcomeSchema, outcome)) return withoutUndefined(outcome as SensorOutcome);
  const [, [first]] = Errors(outcomeSchema, outcome);
  const path = first?.instancePath.slice(1).replaceAll("/", ".") ?? "";
  throw new TypeError(
    `the function of \`${name}\` gives \`{requests, cursor, skipReason}\` or a list of requests; ${path === "" ? "what it gave" : `its \`${path}\``} ${first?.message ?? "is something else"}`,
  );
}

function sensorResult({ requests = [], ...rest }: SensorOutcome): Omit<SensorResult, "log"> {
  return { requests: requests as SensorResult["requests"], ...rest };
}

/** Each delivery by itself: one that its function cannot take is told and keeps no other. */
async function ofDeliveries(
  found: SensorFunction,
  { cursor, deliveries = [], root }: MessageBody<"evaluateSensor">,
  { context }: EvaluationSetting,
): Promise<Omit<SensorResult, "log">> {
  const requests: SensorResult["requests"] = [];
  const reasons: string[] = [];
  let next: string | null | undefined;
  for (const { id, receivedAtMs, body, headers } of deliveries) {
    const delivery: WebhookDelivery = {
      id,
      receivedAt: Temporal.Instant.fromEpochMilliseconds(receivedAtMs),
      payload: payloadOf(body),
      headers,
    };
    try {
      const outcome = await called(found, { context, cursor: next ?? cursor, delivery });
      for (const [place, request] of (outcome.requests ?? []).entries())
        requests.push({
          runKey: place === 0 ? id : `${id} ${place}`,
          ...request,
        } as SensorResult["requests"][number]);
      if (outcome.cursor !== undefined) next = outcome.cursor;
      if (outcome.skipReason !== undefined) reasons.push(`${id}: ${outcome.skipReason}`);
    } catch (error) {
      reasons.push(`${id} was not taken: ${placedError(error, root).message}`);
    }
  }
  return {
    requests,
    ...(next === undefined ? {} : { cursor: next }),
    ...(reasons.length === 0 ? {} : { skipReason: reasons.join("; ") }),
  };
}

function payloadOf(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return body;
  }
}

function conditionAnswer(answer: unknown, asset: string): boolean | string[] {
  if (typeof answer === "boolean") return answer;
  if (Array.isArray(answer) && answer.every((key) => typeof key === "string")) return answer;
  throw new TypeError(
    `the condition answers \`${asset}\` with neither true, false nor a list of partition keys`,
  );
}

/** Its message begins with the place in the user's file. */
function placedError(error: unknown, root: string): ErrorInfo {
  const info = errorInfo(error);
  const place = placeOfError(error, root);
  const { name, message, stack } = info;
  return {
    name,
    message: place === undefined ? message : `${place.file}:${place.line}:${place.column}: ${message}`,
    ...(stack === undefined ? {} : { stack }),
  };
}

/** JSON has no `undefined`, and the fields are optional. */
function withoutUndefined<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

const mostLines = 100;
const longestLine = 2_000;

/** What a function logs, up to so many lines. */
class KeptLog implements StepLog {
  readonly lines: string[] = [];

  debug(): void {}

  info(message: string): void {
    this.#keep(message);
  }

  warning(message: string): void {
    this.#keep(`warning: ${message}`);
  }

  error(message: string): void {
    this.#keep(`error: ${message}`);
  }

  #keep(message: string): void {
    if (this.lines.length < mostLines) this.lines.push(String(message).slice(0, longestLine));
    else if (this.lines.length === mostLines) this.lines.push("… more was logged");
  }
}
