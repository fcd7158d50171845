import { createWriteStream, openAsBlob } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { type ObjectStore, StepError } from "#platform";
import { createGcsRequest, type GcsRequest, type GcsSettings, refusal } from "./gcs-request.ts";

/** Google wants a multiple of 256 KB; a piece is what is sent again at most. */
const pieceBytes = 32 << 20;
/** How often in a row an upload may come no further before it fails. */
const mostStalls = 5;

/**
 * A bucket of Google Cloud Storage, through its JSON API: it takes the credentials that Google's other services take,
 * while the protocol of S3 wants HMAC keys made for it. Uploads are resumable and go on where they stopped; an object
 * is replaced when its last byte is there.
 */
export function gcsObjectStore(settings: GcsSettings): ObjectStore {
  const request = createGcsRequest(settings);
  const bucket = encodeURIComponent(settings.bucket);
  return {
    urlOf: (key) => `gs://${settings.bucket}/${key}`,
    async upload(key, file, signal) {
      const blob = await openAsBlob(file);
      const started = await request(`/upload/storage/v1/b/${bucket}/o`, {
        method: "POST",
        query: { uploadType: "resumable", name: key },
        headers: {
          "content-type": "application/json",
          "x-upload-content-type": "application/octet-stream",
          "x-upload-content-length": String(blob.size),
        },
        body: "{}",
        signal,
      });
      const session = started.headers.get("location");
      if (session === null) throw new StepError("Cloud Storage gave no upload session", { retry: "later" });
      await sendPieces(request, { session, blob, signal });
    },
    async download(key, file, signal) {
      const found = await request(`/storage/v1/b/${bucket}/o/${encodeURIComponent(key)}`, {
        query: { alt: "media" },
        signal,
        accepts: [404],
        timeoutMs: null,
      });
      // A bucket that is not there is no missing object.
      if (found.status === 404) {
        const text = await found.text();
        if (/bucket/i.test(text)) throw refusal(404, text);
        return false;
      }
      try {
        const body = Readable.fromWeb(found.body as ReadableStream);
        await pipeline(body, createWriteStream(file), { signal });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        throw new StepError(`the download of ${key} broke off`, { retry: "later", cause: error });
      }
      return true;
    },
    async list(folder, signal) {
      const prefix = `${folder}/`;
      const names: string[] = [];
      let pageToken: string | undefined;
      do {
        const page = await request(`/storage/v1/b/${bucket}/o`, {
          query: { prefix, delimiter: "/", ...(pageToken === undefined ? {} : { pageToken }) },
          signal,
        });
        const { items = [], nextPageToken } = (await page.json()) as {
          items?: { name: string }[];
          nextPageToken?: string;
        };
        names.push(...items.map(({ name }) => name.slice(prefix.length)));
        pageToken = nextPageToken;
      } while (pageToken !== undefined);
      return names;
    },
  };
}

interface UploadSession {
  readonly session: string;
  readonly blob: Blob;
  readonly signal: AbortSignal;
}

async function sendPieces(request: GcsRequest, upload: UploadSession): Promise<void> {
  let sent = 0;
  for (let stalls = 0; ; ) {
    const next = await sendPiece(request, upload, sent);
    if (next === "done") return;
    stalls = next > sent ? 0 : stalls + 1;
    if (stalls >= mostStalls) throw new StepError("Cloud Storage takes no more bytes", { retry: "later" });
    sent = next;
  }
}

/** Gives from which byte on the service wants more. After an answer that may pass it is asked how far it has come. */
async function sendPiece(
  request: GcsRequest,
  { session, blob, signal }: UploadSession,
  from: number,
): Promise<number | "done"> {
  const to = Math.min(from + pieceBytes, blob.size);
  let answer: Response | undefined;
  try {
    answer = await request(session, {
      method: "PUT",
      headers: { "content-range": `bytes ${from}-${to - 1}/${blob.size}` },
      body: blob.slice(from, to),
      signal,
      accepts: [308],
      isRepeated: false,
    });
  } catch (error) {
    if (!(error instanceof StepError) || error.retry === "never") throw error;
  }
  answer ??= await request(session, {
    method: "PUT",
    headers: { "content-range": `bytes */${blob.size}` },
    signal,
    accepts: [308],
  });
  if (answer.ok) return "done";
  const stored = /bytes=0-(\d+)/.exec(answer.headers.get("range") ?? "");
  return stored === null ? 0 : Number(stored[1]) + 1;
}
