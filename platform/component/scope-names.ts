import { type FreshnessPolicy, freshnessScopes } from "../core/freshness.ts";
import { reference } from "../core/reference.ts";
import type { ReportValue } from "../define/attribute-type.ts";
import { automation, automationParameters } from "../define/automation-names.ts";
import { namedConditions } from "../define/condition-names.ts";
import { cronOf, timeWindowOf } from "../define/freshness-attribute.ts";
import { partitionsType } from "../define/partitions-attribute.ts";
import { type ScopeObject, scopeObject, type TemplateFunction, templateFunction } from "../template/scope.ts";
import { TemplateError } from "../template/template-error.ts";

/** `automation.on_cron('0 3 * * *')` and the rest of the condition algebra. */
export const automationScope: ScopeObject = scopeObject(
  "automation",
  Object.fromEntries(
    Object.entries(automation).map(([name, make]) => {
      const variadic = name === "all_of" || name === "any_of";
      const params = variadic ? {} : { params: automationParameters[name] ?? [] };
      return [name, templateFunction(make as (...values: never[]) => unknown, params)];
    }),
  ),
);

/** `freshness.time_window(fail_window='36h')` and `freshness.cron(deadline_cron='0 9 * * *', lower_bound_delta='2h')`. */
export const freshnessScope: ScopeObject = scopeObject("freshness", {
  time_window: named(["fail_window", "warn_window", "scope"], ({ scope, ...body }) =>
    withScope(timeWindowOf(body, refuse), scope),
  ),
  cron: named(["deadline_cron", "lower_bound_delta", "timezone", "scope"], ({ scope, ...body }) =>
    withScope(cronOf(body, refuse), scope),
  ),
});

const timeParameters = [
  "start_date",
  "end_date",
  "timezone",
  "fmt",
  "end_offset",
  "minute_offset",
  "hour_offset",
  "day_offset",
];

/** `partitions.daily(start_date='2026-01-01')` and its kin. */
export const partitionsScope: ScopeObject = scopeObject("partitions", {
  hourly: partitionsOf("hourly", [...timeParameters.slice(0, 6), "exclusions"]),
  daily: partitionsOf("daily", [...timeParameters.slice(0, 7), "exclusions"]),
  weekly: partitionsOf("weekly", [...timeParameters, "exclusions"]),
  monthly: partitionsOf("monthly", [...timeParameters, "exclusions"]),
  time_window: partitionsOf("time_window", [
    "start_date",
    "cron_schedule",
    "fmt",
    "end_date",
    "timezone",
    "end_offset",
    "exclusions",
  ]),
  static: partitionsOf("static", ["partition_keys"]),
  dynamic: partitionsOf("dynamic", ["name"]),
  multi: partitionsOf("multi", ["dimensions"]),
});

function withScope(policy: FreshnessPolicy | undefined, scope: unknown): FreshnessPolicy | undefined {
  if (policy === undefined || scope === undefined) return policy;
  const known = freshnessScopes.find((one) => one === scope);
  return known === undefined
    ? refuseText(`\`scope\` is one of ${freshnessScopes.join(", ")}`)
    : { ...policy, scope: known };
}

export function partitionsOf(type: string, params: readonly string[]): TemplateFunction {
  return named(params, (body) => partitionsType.read({ type, ...body }, refuse));
}

/** Names that stand for themselves in every template. */
export const plainNames: { readonly [name: string]: unknown } = {
  automation: automationScope,
  freshness: freshnessScope,
  partitions: partitionsScope,
  hourly_if_not_in_progress: namedConditions["hourly_if_not_in_progress"]?.(),
  daily_if_not_in_progress: namedConditions["daily_if_not_in_progress"]?.(),
  dbt_asset_key: templateFunction((model: string) => reference("dbt_model", String(model)), {
    params: ["model_name"],
  }),
};

export interface EnvironmentFacts {
  readonly environment: string;
  /** Records the variable as read. */
  env(name: string): string | undefined;
}

/**
 * Where data lives in each environment: in `prod` under its own name; in `branch` in a clone named for the pull
 * request; elsewhere in a sandbox. Schemas differ only locally, by SANDBOX_SCHEMA_NAME.
 */
export function environmentNames({ environment, env }: EnvironmentFacts): {
  readonly [name: string]: unknown;
} {
  const kind = environment.toLowerCase();
  const pullRequest = (): string =>
    env("PULL_REQUEST_ID") ??
    env("DAGSTER_CLOUD_PULL_REQUEST_ID") ??
    refuseText("PULL_REQUEST_ID is not set");
  return {
    database_for_environment: templateFunction(
      (database?: string) => {
        if (kind === "prod") return database ?? "PURINA";
        return kind === "branch" ? `${database ?? "PURINA"}_CLONE_${pullRequest()}` : "SANDBOX";
      },
      { params: ["database"] },
    ),
    schema_for_environment: templateFunction(
      (schema: string) => (kind === "local" ? (env("SANDBOX_SCHEMA_NAME") ?? schema) : schema),
      { params: ["schema"] },
    ),
  };
}

/** A function whose arguments, by position or by name, become one mapping; those not given are left out. */
function named(
  params: readonly string[],
  make: (body: Record<string, unknown>) => unknown,
): TemplateFunction {
  const call = (...values: unknown[]): unknown =>
    make(
      Object.fromEntries(
        params
          .map((name, index) => [name, values[index]] as const)
          .filter(([, value]) => value !== undefined && value !== null),
      ),
    );
  return templateFunction(call as (...values: never[]) => unknown, { params });
}

const refuse: ReportValue = (_path, { code, message, hint }) => {
  throw new TemplateError({ code, message, ...(hint === undefined ? {} : { hint }) });
};

function refuseText(message: string): never {
  throw new TemplateError({ code: "template-error", message });
}
