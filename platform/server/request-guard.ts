import { createHash, timingSafeEqual } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { HttpError } from "./problem-response.ts";

export interface RequestGuardOptions {
  /** What commands of the same user send as `Authorization: Bearer …`. */
  readonly token?: string;
  /** Where it is given, nobody is served without this or the other; absent: whoever is on this machine is. */
  readonly required?: string;
  /** What a POST below these must show is for their routes to judge. */
  readonly openPaths?: readonly string[];
}

export const maxRequestBytes = 1024 * 1024;

/** Names under which a browser may reach a server that listens on loopback. */
const loopbackHosts: ReadonlySet<string> = new Set(["127.0.0.1", "localhost", "[::1]"]);

const safeMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * What every request must pass, before routes are looked at:
 *
 * - its `Host` is a loopback name, so that a foreign name bound to 127.0.0.1 reads nothing; where a token is required it
 *   shows that instead, as a bearer or (for browsers) as the password of any name;
 * - if it may change state, it comes from our own page, or from a command, which shows the token as a bearer or at
 *   least is no browser (browsers always send `Origin` or `Sec-Fetch-Site` with such requests);
 * - a wrong token is refused even where none is needed;
 * - its body is at most 1 MiB.
 */
export function requestGuard({ token, required, openPaths = [] }: RequestGuardOptions): MiddlewareHandler {
  const known = [token, required].filter((one) => one !== undefined);
  return async (context, next) => {
    const { headers, method } = context.req.raw;
    refuseTooLarge(headers);
    // Whoever knows the secret of a webhook may send it; browsers know none.
    if (method === "POST" && openPaths.some((path) => context.req.path.startsWith(path))) return await next();
    const host = headers.get("host") ?? new URL(context.req.url).host;
    const shown = shownToken(headers.get("authorization"));
    if (required === undefined) refuseForeignName(host);
    else if (shown === undefined && isHealth(context)) return await statusAlone(context, next);
    refuseUnknown(shown, { known, isRequired: required !== undefined });
    if (!safeMethods.has(method) && shown?.byBrowser !== false) refuseForeignOrigin(headers, host);
    await next();
  };
}

function refuseTooLarge(headers: Headers): void {
  if (Number(headers.get("content-length") ?? 0) > maxRequestBytes)
    throw new HttpError(413, "too-large", `a request holds at most ${maxRequestBytes} bytes`);
}

function refuseForeignName(host: string): void {
  if (!isLoopbackHost(host))
    throw new HttpError(421, "unknown-host", "this server answers under loopback names only");
}

function refuseUnknown(
  shown: ShownToken | undefined,
  { known, isRequired }: { readonly known: readonly string[]; readonly isRequired: boolean },
): void {
  if (shown === undefined) {
    if (isRequired) throw new HttpError(401, "not-signed-in", "this server wants a token");
    return;
  }
  if (isOneOf(shown.token, known)) return;
  const code = shown.byBrowser ? "not-signed-in" : "wrong-token";
  throw new HttpError(401, code, "the token is not this server's");
}

function isHealth({ req }: Context): boolean {
  return req.method === "GET" && req.path === "/api/v1/health";
}

/** What supervises this process learns whether it is well, and nothing else. */
async function statusAlone(context: Context, next: () => Promise<void>): Promise<void> {
  await next();
  const { status } = (await context.res.json()) as { status: string };
  context.res = Response.json({ status }, { status: context.res.status });
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

/** The body as text. Throws HttpError for more than `maxRequestBytes`. */
export async function readText(request: Request): Promise<string> {
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
  // What ends TLS in front of us is part of the same place.
  const own = [`http://${host}`, `https://${host}`];
  const isOwn = origin === null ? site === null || site === "same-origin" : own.includes(origin);
  if (!isOwn)
    throw new HttpError(403, "foreign-origin", "a page of another origin may not change anything here");
}

function isLoopbackHost(host: string): boolean {
  return loopbackHosts.has(host.replace(/:\d+$/, "").toLowerCase());
}

interface ShownToken {
  readonly token: string;
  /** Browsers send a password that they know also for a page of another origin. */
  readonly byBrowser: boolean;
}

function shownToken(authorization: string | null): ShownToken | undefined {
  if (authorization === null) return undefined;
  const password = /^Basic ([\w+/=]+)$/i.exec(authorization)?.[1];
  if (password !== undefined) {
    const text = Buffer.from(password, "base64").toString("utf8");
    return { token: text.slice(text.indexOf(":") + 1), byBrowser: true };
  }
  return { token: /^Bearer (.+)$/i.exec(authorization)?.[1] ?? "", byBrowser: false };
}

/** Takes as long for a wrong token as for a right one. */
function isOneOf(shown: string, known: readonly string[]): boolean {
  let found = false;
  for (const token of known) found = timingSafeEqual(digest(shown), digest(token)) || found;
  return found;
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
