import { createHash } from "node:crypto";
import type { CustomConditionSpec } from "../core/condition.ts";
import type { ComponentId, DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { SensorSpec } from "../core/job.ts";
import type { RunConfig } from "../core/run.ts";
import { createEvaluators, type EvaluatorsOptions } from "../host/evaluators.ts";
import type { StoredDelivery } from "./webhooks.ts";

/** What a sensor's function came to. */
export interface SensorFunctionResult {
  readonly requests: readonly {
    readonly runKey?: string;
    readonly partition?: string;
    readonly tags?: { readonly [key: string]: string };
    readonly config?: RunConfig;
  }[];
  /** Absent: it stays. */
  readonly cursor?: string | null;
  readonly skipReason?: string;
  readonly failure?: { readonly message: string };
  readonly log: readonly string[];
}

/** What a condition's function answered; `null` where it failed. */
export interface ConditionFunctionResult {
  /** In the order of the keys: whether it holds, or the partitions for which it does. */
  readonly answers: readonly (boolean | readonly string[] | null)[];
  readonly failure?: { readonly message: string };
  readonly log: readonly string[];
}

/** Functions of sensors and conditions, called apart from this process. A function that fails is a result. */
export interface CodeEvaluation extends AsyncDisposable {
  sensor(
    snapshot: DefinitionsSnapshot,
    sensor: SensorSpec & { readonly component?: ComponentId },
    look: {
      readonly cursor: string | null;
      readonly now: Temporal.Instant;
      readonly deliveries?: readonly StoredDelivery[];
    },
  ): Promise<SensorFunctionResult>;
  condition(
    snapshot: DefinitionsSnapshot,
    condition: CustomConditionSpec & { readonly component?: ComponentId },
    asked: { readonly keys: readonly string[]; readonly now: Temporal.Instant },
  ): Promise<ConditionFunctionResult>;
}

export interface CodeEvaluationOptions extends EvaluatorsOptions {
  readonly environment?: string;
  /** Absolute. */
  readonly dataFolder: string;
}

/** Seconds after which an evaluation is given up. */
const usualTimeoutSeconds = 60;
const conditionTimeoutSeconds = 30;

export function createCodeEvaluation(options: CodeEvaluationOptions): CodeEvaluation {
  const { root, environment, dataFolder } = options;
  const evaluators = createEvaluators(options);
  const generations = new WeakMap<DefinitionsSnapshot, string>();
  const generationOf = (snapshot: DefinitionsSnapshot): string => {
    const known = generations.get(snapshot) ?? codeHash(snapshot);
    generations.set(snapshot, known);
    return known;
  };
  const asked = (
    snapshot: DefinitionsSnapshot,
    one: { readonly name: string; readonly component?: ComponentId; readonly resources?: readonly string[] },
    { now, timeoutSeconds }: { readonly now: Temporal.Instant; readonly timeoutSeconds: number },
  ) => {
    if (one.component === undefined) throw new Error(`\`${one.name}\` has no component`);
    const places = resourcePlaces(snapshot, one.resources ?? []);
    const components = [one.component, ...Object.values(places)];
    return {
      root,
      ...(environment === undefined ? {} : { environment }),
      dataFolder,
      name: one.name,
      component: one.component,
      documents: documentsOf(snapshot, components),
      resources: places,
      resourceKeys: [...(one.resources ?? [])],
      nowMs: now.epochMilliseconds,
      deadlineMs: timeoutSeconds * 1000,
    };
  };
  return {
    async sensor(snapshot, sensor, { cursor, now, deliveries }) {
      const timeoutSeconds = sensor.timeoutSeconds ?? usualTimeoutSeconds;
      try {
        const body = {
          ...asked(snapshot, sensor, { now, timeoutSeconds }),
          cursor,
          ...(deliveries === undefined ? {} : { deliveries: deliveries.map(sentDelivery) }),
        };
        return (await evaluators.ask("evaluateSensor", body, generationOf(snapshot))) as SensorFunctionResult;
      } catch (error) {
        return { requests: [], failure: { message: messageOf(error) }, log: [] };
      }
    },
    async condition(snapshot, condition, { keys, now }) {
      try {
        const body = asked(snapshot, condition, { now, timeoutSeconds: conditionTimeoutSeconds });
        return await evaluators.ask(
          "evaluateCondition",
          { ...body, keys: [...keys] },
          generationOf(snapshot),
        );
      } catch (error) {
        return { answers: keys.map(() => null), failure: { message: messageOf(error) }, log: [] };
      }
    },
    [Symbol.asyncDispose]: () => evaluators[Symbol.asyncDispose](),
  };
}

function sentDelivery({ id, receivedAtMs, body, headers }: StoredDelivery) {
  return { id, receivedAtMs, body, headers: { ...headers } };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Equal while no document's code has changed. */
function codeHash({ components }: DefinitionsSnapshot): string {
  const hash = createHash("sha256");
  for (const { file, document, hash: own } of components) hash.update(`${file}#${document} ${own}\n`);
  return hash.digest("hex");
}

/** Who defines the resources, and those that they use. */
function resourcePlaces(
  { definitions }: DefinitionsSnapshot,
  keys: readonly string[],
): Record<string, ComponentId> {
  const known = new Map(definitions.resources.map((resource) => [resource.key, resource]));
  const places: Record<string, ComponentId> = {};
  const visit = (key: string): void => {
    const found = known.get(key);
    if (found?.component === undefined || Object.hasOwn(places, key)) return;
    places[key] = found.component;
    for (const used of found.uses ?? []) visit(used);
  };
  for (const key of keys) visit(key);
  return places;
}

function documentsOf({ components }: DefinitionsSnapshot, ids: readonly ComponentId[]) {
  const wanted = new Set(ids.map(({ file, document }) => `${file}#${document}`));
  return components
    .filter(({ file, document }) => wanted.has(`${file}#${document}`))
    .map(({ file, document, hash }) => ({ file, document, hash }));
}
