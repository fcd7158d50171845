import type { AssetKey } from "../core/asset-key.ts";
import type { RunEvent } from "../core/event.ts";
import type { RunId } from "../core/run.ts";
import type { Statements } from "./database.ts";

/** A file that a step attached. */
export interface AttachmentRecord {
  /** Unique in the instance. */
  readonly file: string;
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly runId: RunId;
  readonly step: string;
  readonly asset?: AssetKey;
  /** Absent without an asset; null for the unpartitioned one. */
  readonly partition?: string | null;
  readonly at: number;
}

interface AttachmentRow {
  file: string;
  name: string;
  media_type: string;
  size_bytes: number;
  run_id: string;
  step: string;
  asset: string | null;
  partition: string | null;
  at_ms: number;
}

const columns = [
  "file",
  "event_id",
  "name",
  "media_type",
  "size_bytes",
  "run_id",
  "step",
  "asset",
  "partition",
  "at_ms",
];
const selected = columns.filter((column) => column !== "event_id").join(", ");

type Attached = Extract<RunEvent, { type: "file.attached" }>;

export async function insertAttachments(
  db: Statements,
  attached: readonly { readonly cursor: number; readonly event: Attached }[],
): Promise<void> {
  await db.insertRows(
    { table: "attachments", columns },
    attached.map(({ cursor, event }) => [
      event.file,
      cursor,
      event.name,
      event.mediaType,
      event.sizeBytes,
      event.runId,
      event.step,
      event.asset ?? null,
      event.partition ?? null,
      event.at,
    ]),
  );
}

/** Newest first. Served by attachments_by_run(run_id, event_id) and attachments_by_asset(asset, event_id). */
export async function listAttachments(
  db: Statements,
  filter: { readonly runId?: RunId; readonly asset?: AssetKey; readonly limit: number },
): Promise<AttachmentRecord[]> {
  const { runId, asset, limit } = filter;
  const rows = await db.all<AttachmentRow>(
    `
    select ${selected}
    from attachments
    where true${runId === undefined ? "" : " and run_id = :run_id"}${asset === undefined ? "" : " and asset = :asset"}
    order by event_id desc
    limit :limit
    `,
    {
      ...(runId === undefined ? {} : { run_id: runId }),
      ...(asset === undefined ? {} : { asset }),
      limit,
    },
  );
  return rows.map(attachmentOf);
}

export async function findAttachment(db: Statements, file: string): Promise<AttachmentRecord | undefined> {
  const row = await db.get<AttachmentRow>(`select ${selected} from attachments where file = :file`, { file });
  return row === undefined ? undefined : attachmentOf(row);
}

function attachmentOf(row: AttachmentRow): AttachmentRecord {
  return {
    file: row.file,
    name: row.name,
    mediaType: row.media_type,
    sizeBytes: row.size_bytes,
    runId: row.run_id as RunId,
    step: row.step,
    ...(row.asset === null ? {} : { asset: row.asset as AssetKey, partition: row.partition }),
    at: row.at_ms,
  };
}
