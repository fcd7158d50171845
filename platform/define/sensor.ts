import { parseDurationSeconds } from "../core/duration.ts";
import type { ActiveTimes, InstigatorStatus, SensorSpec } from "../core/job.ts";
import type { Json } from "../core/metadata.ts";
import { type AutomationTarget, targetOf } from "./automation-target.ts";
import { type Definitions, definitionsMark } from "./definitions.ts";
import { type ResourceList, type ResourceValues, resourceKeys } from "./function-input.ts";
import type { SensorAnswer, SensorContext } from "./sensor-function.ts";

/** A sensor that can be called directly. */
export interface SensorDefinition extends Required<Pick<Definitions, "sensors" | "sensorFunctions">> {
  readonly spec: SensorSpec;
  /** Calls the function directly: for tests. */
  call(input?: Partial<SensorContext> & { readonly [resource: string]: unknown }): Promise<SensorAnswer>;
  readonly [definitionsMark]: true;
}

export interface SensorOptions<Resources extends ResourceList> extends AutomationTarget {
  /** Least time between two looks, such as `5m`; 30 seconds unless given, of a webhook 2. */
  readonly every?: string;
  readonly active?: ActiveTimes;
  /** A look is given up after so long, such as `2m`; a minute unless given. */
  readonly timeout?: string;
  /** Tags of its runs. */
  readonly tags?: { readonly [key: string]: string };
  readonly description?: string;
  /** Whether it is on when nobody has switched it; `stopped` unless given. */
  readonly defaultStatus?: InstigatorStatus;
  readonly resources?: Resources;
  /** Calls the function for each request to `/api/v1/hooks/NAME` that this secret signed, and never by time. */
  readonly webhook?: WebhookSettings;
}

/** How the requests of a webhook are known to be genuine. */
export interface WebhookSettings {
  /** Name of the variable that holds the shared secret. */
  readonly secretEnv: string;
  readonly scheme?: "github" | "timestamped";
}

/** What a sensor's function gets: the look, and its resources by their key as well. */
export type SensorInput<Resources extends ResourceList> = SensorContext &
  ResourceValues<Resources> & {
    // biome-ignore lint/suspicious/noExplicitAny: a resource named by its key alone has no known type
    readonly [resource: string]: any;
  };

/**
 * Defines a sensor: a function that looks at something again and again, and asks for runs of its target. It runs apart
 * from server and daemon, so it may fail or hang without harm. Throws TypeError where its target is not one.
 */
export function sensor<const Resources extends ResourceList = []>(
  name: string,
  options: SensorOptions<Resources>,
  evaluate: (input: SensorInput<Resources>) => SensorAnswer | Promise<SensorAnswer>,
): SensorDefinition {
  const resources = resourceKeys(options.resources);
  const spec = sensorSpec(name, options, resources);
  return {
    spec,
    sensors: [spec],
    sensorFunctions: [
      {
        name,
        evaluate(context) {
          const named = Object.fromEntries(resources.map((key) => [key, context.resources[key]]));
          return evaluate({ ...named, ...context } as never);
        },
      },
    ],
    call: async (input = {}) =>
      evaluate({
        cursor: null,
        now: Temporal.Now.instant(),
        log: silentLog,
        signal: new AbortController().signal,
        resources: input,
        ...input,
      } as never),
    [definitionsMark]: true,
  };
}

function sensorSpec(
  name: string,
  options: SensorOptions<ResourceList>,
  resources: readonly string[],
): SensorSpec {
  const { active, tags, description, defaultStatus = "stopped", webhook, every, timeout } = options;
  const settings: { readonly [key: string]: Json } | undefined =
    webhook === undefined ? undefined : { secret_env: webhook.secretEnv, scheme: webhook.scheme ?? "github" };
  return {
    name,
    kind: webhook === undefined ? "function" : "webhook",
    target: targetOf(`the sensor \`${name}\``, options),
    minimumIntervalSeconds:
      every === undefined ? (webhook === undefined ? 30 : 2) : secondsOf(every, `\`every\` of \`${name}\``),
    defaultStatus,
    ...(active === undefined ? {} : { active }),
    ...(timeout === undefined ? {} : { timeoutSeconds: secondsOf(timeout, `\`timeout\` of \`${name}\``) }),
    ...(tags === undefined ? {} : { tags }),
    ...(description === undefined ? {} : { description }),
    ...(settings === undefined ? {} : { settings }),
    ...(resources.length === 0 ? {} : { resources }),
  };
}

function secondsOf(text: string, what: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds === undefined || seconds <= 0)
    throw new RangeError(`${what} is no length of time: \`${text}\``);
  return seconds;
}

const silentLog = { debug() {}, info() {}, warning() {}, error() {} };
