import type { AttachmentView } from "../core/views.ts";
import type { AttachmentRecord } from "../storage/attachments.ts";

export function attachmentView(attachment: AttachmentRecord): AttachmentView {
  const { file, name, mediaType, sizeBytes, runId, step, asset, partition, at } = attachment;
  return {
    file,
    name,
    media_type: mediaType,
    size_bytes: sizeBytes,
    run_id: runId,
    step,
    asset: asset ?? null,
    partition: partition ?? null,
    at_ms: at,
  };
}
