import { isTerminal } from "../core/run.ts";
import type { EventView, RunDetailView, RunView } from "../core/views.ts";
import { bytesText } from "./bytes-text.ts";
import { counted } from "./report/text-report.ts";
import { tableText } from "./table-text.ts";

/** Runs as rows, for `dop run list`. */
export function runTable(runs: readonly RunView[]): string {
  const rows = runs.map((run) => [
    run.id,
    run.status,
    momentText(run.created_at_ms),
    durationOf(run),
    run.job ?? assetsText(run.assets),
    run.failure ?? "",
  ]);
  return tableText(["run", "status", "created", "took", "of", "failure"], rows);
}

/** One run with its steps, files, and where it stands in a line of retries. */
export function runText({ run, steps, attachments, notes, retries }: RunDetailView): string {
  const waiting = isTerminal(run.status) ? undefined : notes.at(-1);
  const head = [
    `run ${run.id}: ${run.status}`,
    ...(waiting === undefined ? [] : [`note ${waiting.message}`]),
    `created ${momentText(run.created_at_ms)}${durationOf(run) === "" ? "" : `, took ${durationOf(run)}`}`,
    ...(run.epoch > 1 ? [`attempts ${run.epoch}`] : []),
    ...(run.job === null ? [] : [`job ${run.job}`]),
    ...(run.assets.length === 0 ? [] : [`assets ${run.assets.join(", ")}`]),
    ...(run.partitions === null ? [] : [`partitions ${JSON.stringify(run.partitions)}`]),
    ...tagLines(run.tags),
    ...(run.priority === 0 ? [] : [`priority ${run.priority}`]),
    ...(run.parent_run_id === null ? [] : [`retry of ${run.parent_run_id}`]),
    ...(retries.length === 0 ? [] : [`retried by ${retries.join(", ")}`]),
    ...(run.failure === null
      ? []
      : [`failure ${run.failure}${run.failure_reason === null ? "" : ` (${run.failure_reason})`}`]),
    ...attachments.map(
      ({ name, size_bytes: size, step, file }) => `file ${name} (${bytesText(size)}) of ${step}: ${file}`,
    ),
  ];
  const rows = steps.map((step) => [
    step.key,
    step.status,
    step.attempt > 1 ? String(step.attempt) : "",
    spanText(step.started_at_ms, step.ended_at_ms),
    step.failure ?? "",
  ]);
  return `${head.join("\n")}\n\n${tableText(["step", "status", "attempt", "took", "failure"], rows)}`;
}

/** An event on one line, without its time; `undefined` for those that say nothing to a person who waits. */
export function eventLine(event: EventView): string | undefined {
  const text = (field: string): string => String(event[field]);
  const slice = event["partition"] == null ? "" : ` [${text("partition")}]`;
  switch (event.type) {
    case "step.started":
      return `${text("step")} started${Number(event["attempt"]) > 1 ? ` (attempt ${text("attempt")})` : ""}`;
    case "step.succeeded":
      return `${text("step")} done in ${lengthText(Number(event["duration_ms"]))}`;
    case "step.failed":
    case "step.retrying":
      return `${text("step")} ${event.type === "step.failed" ? "failed" : "is tried again"}: ${errorText(event["error"])}`;
    case "step.skipped":
      return `${text("step")} skipped: ${text("reason")}`;
    case "step.canceled":
      return `${text("step")} canceled`;
    case "asset.materialized":
    case "asset.observed":
      return `${text("asset")}${slice} ${event.type.slice(6)}${rowsText(event["metadata"])}`;
    case "asset.failed":
      // A step of one asset mostly goes by its name and has said so itself.
      if (event["asset"] === event["step"]) return undefined;
      return `${text("asset")}${slice} failed: ${errorText(event["error"])}`;
    case "check.evaluated":
      return `${text("check")}${slice} ${event["passed"] === true ? "passed" : `failed (${text("severity")})`}${
        event["description"] == null ? "" : `: ${text("description")}`
      }`;
    case "resource.failed":
      return `resource ${text("resource")} failed: ${errorText(event["error"])}`;
    case "log":
      return `${event["step"] == null ? "" : `${text("step")} `}${text("level")}: ${text("message")}`;
    case "run.failed":
      return `run failed: ${errorText(event["error"])}`;
    default:
      return undefined;
  }
}

/** What a run came to, on one line. */
export function runSummary(run: RunView): string {
  const took = durationOf(run);
  return `run ${run.id}: ${run.status}${took === "" ? "" : ` in ${took}`}${run.failure === null ? "" : `: ${run.failure}`}`;
}

/** `2026-01-31 09:30:05Z`. */
export function momentText(ms: number): string {
  return new Date(ms)
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z");
}

/** `850 ms`, `12.4 s`, `3 m 20 s`, `2 h 05 m`. */
export function lengthText(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} m ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} m`;
}

function spanText(startedMs: number | null, endedMs: number | null): string {
  return startedMs === null || endedMs === null ? "" : lengthText(endedMs - startedMs);
}

function durationOf({ started_at_ms: started, ended_at_ms: ended }: RunView): string {
  return spanText(started, ended);
}

function assetsText(assets: readonly string[]): string {
  return assets.length <= 2
    ? assets.join(", ")
    : `${assets[0]} and ${counted(assets.length - 1, "more asset")}`;
}

function tagLines(tags: { readonly [key: string]: string }): string[] {
  const texts = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  return texts.length === 0 ? [] : [`tags ${texts.join(", ")}`];
}

function errorText(error: unknown): string {
  const message = (error as { message?: unknown } | null)?.message;
  return String(message ?? "unknown").split("\n")[0] as string;
}

/** Row counts are told where they are known; everything else is in the run's metadata. */
function rowsText(metadata: unknown): string {
  const rows = rowCountOf(metadata);
  return rows === undefined ? "" : ` (${counted(rows, "row")})`;
}

/** How many rows an event's metadata tells of, under any of the usual names. */
export function rowCountOf(metadata: unknown): number | undefined {
  const values = metadata as { readonly [name: string]: { readonly value?: unknown } } | null | undefined;
  return ["row_count", "rows", "dagster/row_count"]
    .map((name) => values?.[name]?.value)
    .find((value) => typeof value === "number");
}
