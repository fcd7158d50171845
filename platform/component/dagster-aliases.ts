import { type ScopeObject, scopeObject, templateFunction } from "../template/scope.ts";
import { automationScope, freshnessScope, partitionsOf } from "./scope-names.ts";

const daily = ["start_date", "minute_offset", "hour_offset", "end_date", "timezone", "fmt", "end_offset"];

const dg: ScopeObject = scopeObject("dg", {
  AutomationCondition: automationScope,
  FreshnessPolicy: freshnessScope,
  HourlyPartitionsDefinition: partitionsOf("hourly", [
    "start_date",
    "end_date",
    "minute_offset",
    "timezone",
    "fmt",
    "end_offset",
    "exclusions",
  ]),
  DailyPartitionsDefinition: partitionsOf("daily", [...daily, "exclusions"]),
  WeeklyPartitionsDefinition: partitionsOf("weekly", [...daily, "day_offset", "exclusions"]),
  MonthlyPartitionsDefinition: partitionsOf("monthly", [...daily, "day_offset", "exclusions"]),
  StaticPartitionsDefinition: partitionsOf("static", ["partition_keys"]),
  DynamicPartitionsDefinition: partitionsOf("dynamic", ["name"]),
  TimeWindowPartitionsDefinition: partitionsOf("time_window", [
    "start_date",
    "fmt",
    "end_date",
    "timezone",
    "cron_schedule",
    "end_offset",
    "exclusions",
  ]),
});

const unitSeconds = {
  days: 86_400,
  seconds: 1,
  microseconds: 1e-6,
  milliseconds: 1e-3,
  minutes: 60,
  hours: 3600,
  weeks: 604_800,
};

const datetime: ScopeObject = scopeObject("datetime", {
  timedelta: templateFunction(
    (...amounts: number[]) =>
      Object.values(unitSeconds).reduce(
        (total, seconds, index) => total + seconds * (amounts[index] ?? 0),
        0,
      ),
    { params: Object.keys(unitSeconds) },
  ),
  datetime: templateFunction(
    (year: number, month: number, day: number, hour = 0, minute = 0) => {
      const pad = (value: number, length = 2): string => String(value).padStart(length, "0");
      const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
      return (hour ?? 0) === 0 && (minute ?? 0) === 0 ? date : `${date}-${pad(hour)}:${pad(minute)}`;
    },
    { params: ["year", "month", "day", "hour", "minute"] },
  ),
});

/** Names under which people who come from Dagster look for the same things. */
export function dagsterAliases(context: { readonly load: unknown; readonly build: unknown }): {
  readonly [name: string]: unknown;
} {
  return {
    automation_condition: automationScope,
    dg,
    datetime,
    load_component_at_path: context.load,
    build_defs_at_path: context.build,
  };
}
