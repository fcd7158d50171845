import type { PurgeView } from "../core/views.ts";
import { counted } from "./report/text-report.ts";
import { momentText } from "./run-text.ts";

/** `removed 12 events, 1 plan, 0 snapshots, 3 ticks and 2 folders of run files of before 2026-01-31 09:30:05Z`. */
export function purgeText({ before_ms: beforeMs, dry_run: dryRun, ...counts }: PurgeView): string {
  const { events, plans, snapshots, ticks, deliveries, folders } = counts;
  const parts = [
    counted(events, "event"),
    counted(plans, "plan"),
    counted(snapshots, "snapshot"),
    counted(ticks, "tick"),
    ...(deliveries > 0 ? [counted(deliveries, "webhook call")] : []),
  ];
  return `${dryRun ? "would remove" : "removed"} ${parts.join(", ")} and ${counted(folders, "folder")} of run files of before ${momentText(beforeMs)}`;
}
