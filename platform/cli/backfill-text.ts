import type {
  BackfillCountsView,
  BackfillDetailView,
  BackfillPlanView,
  BackfillView,
} from "../core/views.ts";
import { tableText } from "./table-text.ts";

/** What a backfill would come to, for people. */
export function backfillPlanText(plan: BackfillPlanView): string {
  const { assets, groups, runs, max_runs: atOnce, estimate_ms: estimate, left_out: leftOut } = plan;
  const runsOf = new Map(groups.flatMap((group) => group.assets.map((asset) => [asset, group] as const)));
  const rows = assets.map(({ key, targets, count }) => {
    const group = runsOf.get(key);
    const shared =
      group !== undefined && group.assets.length > 1 ? `, shared with ${group.assets.length - 1} more` : "";
    return [
      key,
      targets ?? "the asset, once",
      String(count),
      `${group?.runs ?? 0}${shared}${group?.in_order === true ? ", one after the other" : ""}`,
    ];
  });
  const lines = [
    rows.length === 0 ? "nothing to do" : tableText(["asset", "partitions", "count", "runs"], rows),
    "",
    `${runs} ${runs === 1 ? "run" : "runs"}, at most ${atOnce} at once; ${timeText(estimate)}`,
  ];
  if (leftOut.length > 0) {
    lines.push("", "left out:");
    for (const { asset, partitions, count, reason } of leftOut)
      lines.push(
        `  ${asset}${partitions === null ? "" : `: ${partitions}`}${count === null ? "" : ` (${count})`}: ${reason}`,
      );
  }
  return lines.join("\n");
}

function timeText(ms: number | null): string {
  return ms === null
    ? "how long is unknown: not all of these assets have run together before"
    : `about ${lengthText(ms)}, by the median of earlier runs`;
}

/** Two units at most: `3 h 20 min`. */
export function lengthText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${hours / 24} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Backfills as rows. */
export function backfillTable(backfills: readonly BackfillView[]): string {
  return tableText(
    ["backfill", "status", "selection", "partitions", "done", "failed", "runs", "asked for"],
    backfills.map((one) => [
      one.id,
      one.status,
      one.selection,
      one.partition,
      `${one.partitions.done} of ${one.partitions.total}`,
      String(one.partitions.failed + one.partitions.blocked),
      `${one.runs.launched} of ${one.runs.planned}`,
      Temporal.Instant.fromEpochMilliseconds(one.created_at_ms).toString({ smallestUnit: "second" }),
    ]),
  );
}

/** Of more reasons than these, the newest are told. */
const mostReasons = 5;

/** One backfill with its assets. */
export function backfillText(backfill: BackfillDetailView): string {
  const { id, status, selection, partition, partitions, runs, assets, reasons } = backfill;
  const lines = [
    `backfill ${id}: ${status}`,
    `${selection}, ${partition}${backfill.only === null ? "" : `, only ${backfill.only}`}`,
    `${progressText(partitions)}; ${runs.launched} of ${runs.planned} runs, ${runs.running} in the queue or in progress`,
    "",
    tableText(
      ["asset", "partitions", "done", "running", "waiting", "failed", "blocked"],
      assets.map((one) => [
        one.key,
        one.targets ?? "the asset, once",
        ...[one.done, one.running, one.waiting, one.failed, one.blocked].map(String),
      ]),
    ),
  ];
  const bad = assets.flatMap(({ key, failed_partitions: failed, blocked_partitions: blocked }) => [
    ...(failed === null ? [] : [`${key}: failed ${failed}`]),
    ...(blocked === null ? [] : [`${key}: not tried, because what it needs failed: ${blocked}`]),
  ]);
  const shown = reasons.slice(-mostReasons);
  const more = reasons.length - shown.length;
  const why = more === 0 ? shown : [`${more} further reasons, and then`, ...shown];
  return [...lines, ...(bad.length + why.length === 0 ? [] : ["", ...bad, ...why])].join("\n");
}

/** `31 of 62 partitions done, 4 running, 1 failed`. */
export function progressText({ total, done, running, failed, blocked }: BackfillCountsView): string {
  const parts = [
    `${done} of ${total} partitions done`,
    ...(running === 0 ? [] : [`${running} running`]),
    ...(failed === 0 ? [] : [`${failed} failed`]),
    ...(blocked === 0 ? [] : [`${blocked} blocked`]),
  ];
  return parts.join(", ");
}
