import { shortRunId } from "../core/run.ts";
import type { InstigatorView, TickView } from "../core/views.ts";
import { tableText } from "./table-text.ts";

/** Schedules as rows. */
export function scheduleTable(schedules: readonly InstigatorView[]): string {
  return tableText(
    ["schedule", "status", "cron", "target", "next tick", "last tick"],
    schedules.map((one) => [
      one.name,
      one.status,
      `${one.cron?.join("; ") ?? ""} ${one.time_zone ?? ""}`,
      one.target ?? "",
      one.status === "running" && one.next !== null ? timeText(one.next.at_ms) : "none",
      lastText(one.last_tick),
    ]),
  );
}

/** Sensors and automation groups as rows. */
export function sensorTable(sensors: readonly InstigatorView[]): string {
  return tableText(
    ["sensor", "status", "kind", "target", "last tick"],
    sensors.map((one) => [
      one.name,
      one.status,
      one.type ?? "",
      one.target ?? "all that no other group has",
      lastText(one.last_tick),
    ]),
  );
}

/** Ticks as rows. */
export function tickTable(ticks: readonly TickView[]): string {
  return tableText(
    ["tick", "status", "runs", "reason"],
    ticks.map((tick) => [
      timeText(tick.scheduled_at_ms),
      tick.status,
      tick.run_ids.map(shortRunId).join(" "),
      tick.reason ?? "",
    ]),
  );
}

/** What a switch came to, and what a schedule runs first. */
export function switchedText({ kind, name, status, next, target }: InstigatorView): string {
  const state = `${kind} ${name}: ${status}`;
  if (status === "stopped" || next === null) return state;
  const of =
    next.partitions === null
      ? ""
      : next.partitions.length === 0
        ? " without a partition: there is none then"
        : ` for ${next.partitions.slice(0, 3).join(", ")}${next.partitions.length > 3 ? ` and ${next.partitions.length - 3} more` : ""}`;
  return `${state}\nfirst tick: ${timeText(next.at_ms)}, of ${target ?? "nothing"}${of}`;
}

function lastText(tick: TickView | null): string {
  if (tick === null) return "none";
  return `${timeText(tick.scheduled_at_ms)} ${tick.status}${tick.reason === null ? "" : `: ${tick.reason}`}`;
}

function timeText(ms: number): string {
  return Temporal.Instant.fromEpochMilliseconds(ms).toString({ smallestUnit: "second" });
}
