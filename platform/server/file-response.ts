import type { Attachment } from "../instance/runs.ts";

/**
 * The file as a download. Whatever type a step gave it, a browser shows nothing of it in our name: it is an attachment,
 * and types are not guessed.
 */
export function fileResponse(file: Attachment): Response {
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.mediaType) ? file.mediaType : "application/octet-stream";
  const plainName = file.name.replace(/[^\w .+-]/g, "_");
  return new Response(file.open(), {
    headers: {
      "content-type": type,
      "content-length": String(file.sizeBytes),
      "content-disposition": `attachment; filename="${plainName}"; filename*=UTF-8''${encoded(file.name)}`,
      "x-content-type-options": "nosniff",
    },
  });
}

/** As RFC 8187 wants it: what `encodeURIComponent` leaves and may not stand there is encoded too. */
function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
