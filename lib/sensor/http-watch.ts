import { createHash } from "node:crypto";
import type { SensorContext, SensorOutcome } from "#platform";
import type { MakeRequest } from "./watched-request.ts";

export interface HttpWatch {
  readonly url: string;
  readonly method?: "GET" | "HEAD" | "POST";
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  readonly compare?: "etag" | "last_modified" | "status" | "json" | "body";
  readonly json_pointer?: string;
}

interface HttpCursor {
  /** What was compared at the look before. */
  readonly seen: string;
  /** Changes so far. */
  readonly changes: number;
}

const mostBytes = 10 * 1024 * 1024;
const deadlineMs = 30_000;

/**
 * Asks for a run when what is compared is another value than at the look before. Throws where the address does not
 * answer with success, unless the status is what is compared.
 */
export async function watchHttp(
  watch: HttpWatch,
  { cursor, signal }: Pick<SensorContext, "cursor" | "signal">,
  requestOf: MakeRequest,
): Promise<SensorOutcome> {
  const { url, method = "GET", headers = {}, body } = watch;
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMs)]),
  }).catch((error: unknown) => {
    throw new Error(`${placeOf(url)} does not answer: ${reasonOf(error)}`);
  });
  if (!response.ok && watch.compare !== "status") {
    await response.body?.cancel();
    throw new Error(`${placeOf(url)} answered ${response.status} ${response.statusText}`.trim());
  }
  const { value, mark } = await compared(watch, response);
  const before = cursor === null ? undefined : (JSON.parse(cursor) as HttpCursor);
  if (before?.seen === mark) return { skipReason: "nothing has changed" };
  const changes = before === undefined ? 0 : before.changes + 1;
  const next = { cursor: JSON.stringify({ seen: mark, changes } satisfies HttpCursor) };
  if (before === undefined) return { ...next, skipReason: "first look: noted what is there" };
  const seen = { value, status: response.status };
  return { ...next, requests: [requestOf(seen, { runKey: `change ${changes} ${hashOf(mark)}` })] };
}

/** The value that counts, and a short text that is another one for another value. */
async function compared(
  { compare, json_pointer: pointer }: HttpWatch,
  response: Response,
): Promise<{ readonly value: unknown; readonly mark: string }> {
  const header = (name: string) => response.headers.get(name);
  const usual =
    pointer !== undefined
      ? "json"
      : header("etag")
        ? "etag"
        : header("last-modified")
          ? "last_modified"
          : "body";
  const by = compare ?? usual;
  if (by === "json" || by === "body") {
    const text = await textOf(response);
    if (by === "body") return { value: text, mark: `body ${hashOf(text)}` };
    const value = valueAt(JSON.parse(text), pointer ?? "");
    return { value, mark: `json ${hashOf(JSON.stringify(value))}` };
  }
  await response.body?.cancel();
  if (by === "status") return { value: response.status, mark: `status ${response.status}` };
  const name = by === "etag" ? "etag" : "last-modified";
  const value = header(name);
  if (value === null) throw new Error(`the answer of ${placeOf(response.url)} has no header ${name}`);
  return { value, mark: `${name} ${value}` };
}

/** Throws where nothing is at the pointer. */
export function valueAt(value: unknown, pointer: string): unknown {
  let found = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, key))
      throw new Error(`the answer holds nothing at ${pointer}`);
    found = (found as Record<string, unknown>)[key];
  }
  return found;
}

async function textOf(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > mostBytes) throw new Error(`the answer holds more than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Without its query, which may hold a key. */
function placeOf(url: string): string {
  return url.replace(/[?#].*$/, "").replace(/\/\/[^/@]*@/, "//");
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
