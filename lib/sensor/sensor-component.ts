import {
  type ActiveTimes,
  Component,
  type ComponentContext,
  type Definitions,
  holdsSecret,
  isSecretVariable,
  type Json,
  reveal,
  type SensorContext,
  type SensorFunction,
  type SensorSpec,
  type Static,
} from "#platform";
import { exampleOf } from "../example.ts";
import { functionFile } from "../executable/function-file.ts";
import { targetOf } from "../schedule/target.ts";
import { type HttpWatch, watchHttp } from "./http-watch.ts";
import { dayNames, sensorSchema } from "./sensor-schema.ts";
import { watchSql } from "./sql-watch.ts";
import { requestMaker } from "./watched-request.ts";

type Watch = Static<typeof sensorSchema>["watch"];

/** Least seconds between two looks, by kind, where nothing is written. */
const intervals = {
  file: 30,
  http: 60,
  sql: 60,
  function: 30,
  run_status: 30,
  asset: 30,
  automation: 30,
  webhook: 2,
} as const;

const requestKinds: ReadonlySet<Watch["kind"]> = new Set(["http", "sql", "webhook"]);

export class SensorComponent extends Component<typeof sensorSchema> {
  static override readonly schema = sensorSchema;

  static override get example(): string {
    return exampleOf(import.meta.url, "SensorComponent");
  }

  override buildDefinitions(context: ComponentContext): Definitions {
    const { name, watch, tags, description, default_status, minimum_interval, timeout } = this.attributes;
    const target = targetOf(context, this.attributes);
    const active = activeOf(context, this.attributes.active);
    if (target === undefined || !this.#isSound(context)) return {};
    const { kind, ...settings } = watch;
    const resources =
      watch.kind === "sql" ? [watch.resource] : watch.kind === "function" ? (watch.resources ?? []) : [];
    const sensor: SensorSpec = {
      name,
      kind,
      target,
      minimumIntervalSeconds: minimum_interval ?? intervals[kind],
      defaultStatus: default_status,
      ...(active === undefined ? {} : { active }),
      ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
      ...(tags === undefined ? {} : { tags }),
      ...(description === undefined ? {} : { description }),
      settings: JSON.parse(JSON.stringify(settings)) as { readonly [key: string]: Json },
      ...(resources.length === 0 ? {} : { resources }),
      codeReferences: [context.codeReference()],
      origins: context.origins({
        name: ["name"],
        target: ["job" in target ? "job" : "target"],
        minimumIntervalSeconds: ["minimum_interval"],
        resources: watch.kind === "function" ? ["watch", "resources"] : ["watch", "resource"],
      }),
    };
    const evaluate = this.#evaluate(context);
    return {
      sensors: [sensor],
      ...(evaluate === undefined ? {} : { sensorFunctions: [{ name, evaluate }] }),
    };
  }

  /** What no schema says. */
  #isSound(context: ComponentContext): boolean {
    const { watch, request } = this.attributes;
    const faults: { path: string[]; message: string; hint: string }[] = [];
    if (request !== undefined && !requestKinds.has(watch.kind)) {
      const kinds = [...requestKinds].map((kind) => `\`${kind}\``).join(", ");
      faults.push({
        path: ["request"],
        message: `a sensor of kind \`${watch.kind}\` takes no \`request\``,
        hint: `those of kind ${kinds} do`,
      });
    }
    if (watch.kind === "http" && !holdsSecret(watch.url) && !URL.canParse(watch.url)) {
      faults.push({
        path: ["watch", "url"],
        message: `\`${watch.url}\` is no address`,
        hint: "write it whole, such as `https://example.com/status.json`",
      });
    }
    if (watch.kind === "http" && watch.json_pointer !== undefined && !watch.json_pointer.startsWith("/")) {
      faults.push({
        path: ["watch", "json_pointer"],
        message: `\`${watch.json_pointer}\` is no JSON Pointer`,
        hint: "it begins with `/`, such as `/data/updated_at`",
      });
    }
    if (watch.kind === "file" && watch.partition_from !== undefined && !isPattern(watch.partition_from)) {
      faults.push({
        path: ["watch", "partition_from"],
        message: `\`${watch.partition_from}\` is no regular expression with a group`,
        hint: "the first group is the partition, such as `^orders-(.+)\\.csv$`",
      });
    }
    if (watch.kind === "webhook" && !isSecretVariable(watch.secret_env, undefined)) {
      faults.push({
        path: ["watch", "secret_env"],
        message: `\`${watch.secret_env}\` does not look like the name of a secret variable`,
        hint: "name a variable such as `ORDERS_HOOK_SECRET`",
      });
    }
    if (watch.kind === "function" && functionFile(context, watch.function) === undefined) {
      faults.push({
        path: ["watch", "function"],
        message: `no TypeScript file holds \`${watch.function}\``,
        hint: "write it as `./file.ts#name`, relative to this file",
      });
    }
    if (watch.kind === "webhook" && (context.env(watch.secret_env) ?? "") === "")
      context.needsCredentials(watch.secret_env);
    for (const { path, message, hint } of faults)
      context.report(path, { code: "invalid-attribute-value", message, hint });
    return faults.length === 0;
  }

  /** Of kinds that look by code of their own. */
  #evaluate(context: ComponentContext): SensorFunction["evaluate"] | undefined {
    const { watch, request } = this.attributes;
    const requestOf = requestMaker(context, request);
    switch (watch.kind) {
      case "http":
        return (look) => watchHttp(reveal(watch) as HttpWatch, look, requestOf);
      case "sql":
        return (look) => watchSql(watch, look, requestOf);
      case "webhook":
        return ({ delivery }) => {
          if (delivery === undefined) return undefined;
          const { id, payload, headers } = delivery;
          return [requestOf({ payload, headers, delivery: id }, { runKey: id })];
        };
      case "function":
        return async (look: SensorContext) => {
          const evaluate = (await context.importFunction(
            watch.function,
          )) as unknown as SensorFunction["evaluate"];
          const named = Object.fromEntries((watch.resources ?? []).map((key) => [key, look.resources[key]]));
          return await evaluate({ ...named, ...look });
        };
      default:
        return undefined;
    }
  }
}

function isPattern(text: string): boolean {
  try {
    // With an empty way out it always matches, and shows how many groups there are.
    return (new RegExp(`${text}|`, "u").exec("")?.length ?? 0) > 1;
  } catch {
    return false;
  }
}

function activeOf(
  context: ComponentContext,
  active: Static<typeof sensorSchema>["active"],
): ActiveTimes | undefined {
  if (active === undefined) return undefined;
  const { hours, days, time_zone: timeZone } = active;
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
  } catch {
    context.report(["active", "time_zone"], {
      code: "invalid-time-zone",
      message: `\`${timeZone}\` is no time zone`,
      hint: "write one such as `Asia/Seoul` or `UTC`",
    });
  }
  const [, from, to] =
    /^((?:[01]\d|2[0-3]):[0-5]\d)\s*-\s*((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(hours ?? "") ?? [];
  if (hours !== undefined && (from === undefined || from === to)) {
    context.report(["active", "hours"], {
      code: "invalid-attribute-value",
      message: `\`${hours}\` is no part of a day`,
      hint: "write it as `08:00-18:00`",
    });
  }
  return {
    ...(from === undefined || to === undefined ? {} : { from, to }),
    ...(days === undefined ? {} : { days: days.map((day) => dayNames.indexOf(day) + 1) }),
    timeZone,
  };
}
