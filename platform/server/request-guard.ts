import { timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { HttpError } from "./problem-response.ts";

export interface RequestGuardOptions {
  /** What commands of the same user send as `Authorization: Bearer …`. */
  readonly token?: string;
}

export const maxRequestBytes = 1024 * 1024;

/** Names under which a browser may reach a server that listens on loopback. */
const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What every request must pass, before routes are looked at:
 *
 * - its `Host` is a loopback name, so that a foreign name bound to 127.0.0.1 reads nothing;
 * - if it may change state, it comes from our own page, or from a command, which shows the token or at least is no
 *   browser (browsers always send `Origin` or `Sec-Fetch-Site` with such requests);
 * - a wrong token is refused even where none is needed;
 * - its body is at most 1 MiB.
 */
export function requestGuard({ token }: RequestGuardOptions): MiddlewareHandler {
  return async (context, next) => {
    const { headers, method } = context.req.raw;
    const host = headers.get("host") ?? new URL(context.req.url).host;
    if (!isLoopbackHost(host))
      throw new HttpError(421, "unknown-host", "this server answers under loopback names only");
    const shown = bearerOf(headers.get("authorization"));
    if (shown !== undefined && (token === undefined || !sameText(shown, token))) {
      throw new HttpError(401, "wrong-token", "the token is not this server's");
    }
    if (!safeMethods.has(method) && shown === undefined) refuseForeignOrigin(headers, host);
    if (Number(headers.get("content-length") ?? 0) > maxRequestBytes) {
      throw new HttpError(413, "too-large", `a request holds at most ${maxRequestBytes} bytes`);
    }
    await next();
  };
}

/** The body as JSON; an empty one is `{}`. Throws HttpError for another media type, too much, and what does not parse. */
export async function readJsonBody(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text.trim() === "") return {};
  const type = request.headers.get("content-type") ?? "";
  // A form of a foreign page can send text/plain without asking first, but not this.
  if (!/^application\/json\b/i.test(type))
    throw new HttpError(415, "not-json", "the body must be application/json");
  try {
    return JSON.parse(text, (key, value: unknown) => (key === "__proto__" ? undefined : value));
  } catch {
    throw new HttpError(400, "invalid-json", "the body is not JSON");
  }
}

async function readText(request: Request): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > maxRequestBytes)
      throw new HttpError(413, "too-large", `a request holds at most ${maxRequestBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function refuseForeignOrigin(headers: Headers, host: string): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site");
  const isOwn = origin === null ? site === null || site === "same-origin" : origin === `http://${host}`;
  if (!isOwn)
    throw new HttpError(403, "foreign-origin", "a page of another origin may not change anything here");
}

function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

function bearerOf(authorization: string | null): string | undefined {
  return authorization === null ? undefined : (/^Bearer (.+)$/i.exec(authorization)?.[1] ?? "");
}

function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
