import { StepError } from "#platform";

/** Waits so many milliseconds; rejects with the signal's reason when that is aborted first. */
export type Sleep = (milliseconds: number, signal: AbortSignal | undefined) => Promise<void>;

export interface HttpClientOptions {
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly headers?: { readonly [name: string]: string };
  /** Deadline of one request, its answer read. */
  readonly timeoutMs?: number;
  /** Further tries of one request, over what may be tried again. */
  readonly maxRetries?: number;
  readonly sleep?: Sleep;
}

export interface HttpRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  readonly query?: { readonly [name: string]: string | number | boolean | undefined };
  readonly json?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer of the outside system that is no success. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly status: number;
  readonly body: unknown;

  constructor(status: number, body: unknown, message: string) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

export interface HttpClient {
  /** The answer's JSON, or its text where it is none; `undefined` when empty. Rejects with HttpError or StepError. */
  request(path: string, request?: HttpRequest): Promise<unknown>;
}

const longestWaitMs = 60_000;

/**
 * A client of one JSON API. Tried again: 429 for every method, since nothing was done; 502, 503, 504 and broken
 * connections for GET alone. `Retry-After` is waited for, up to a minute; without it the waits double from a second.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { baseUrl, headers = {}, timeoutMs = 30_000, maxRetries = 4, sleep = defaultSleep } = options;
  return {
    async request(path, { method = "GET", query = {}, json, signal } = {}) {
      const url = urlOf(baseUrl + path, query);
      const body = json === undefined ? {} : { body: JSON.stringify(json) };
      const type = json === undefined ? {} : { "content-type": "application/json" };
      for (let attempt = 0; ; attempt++) {
        const outcome = await send(url, {
          method,
          headers: { accept: "application/json", ...type, ...headers },
          ...body,
          signal: AbortSignal.any([
            AbortSignal.timeout(timeoutMs),
            ...(signal === undefined ? [] : [signal]),
          ]),
        });
        signal?.throwIfAborted();
        if ("value" in outcome) return outcome.value;
        if (!mayRepeat(outcome.error, method)) throw outcome.error;
        if (attempt >= maxRetries) throw givenUp(outcome.error);
        await sleep(Math.min(outcome.waitMs ?? 1000 * 2 ** attempt, longestWaitMs), signal);
      }
    },
  };
}

/** Waits for real. */
export async function defaultSleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
}

type Outcome = { readonly value: unknown } | { readonly error: Error; readonly waitMs: number | undefined };

async function send(url: URL, init: RequestInit): Promise<Outcome> {
  const place = `${init.method} ${url.origin}${url.pathname}`;
  try {
    const response = await fetch(url, init);
    const body = bodyOf(await response.text());
    if (response.ok) return { value: body };
    const message = `${place} answered ${response.status}${messageIn(body)}`;
    return {
      error: new HttpError(response.status, body, message),
      waitMs: retryAfterMs(response.headers.get("retry-after")),
    };
  } catch (error) {
    const reason =
      error instanceof Error
        ? error.cause instanceof Error
          ? error.cause.message
          : error.message
        : String(error);
    return {
      error: new StepError(`${place} failed: ${reason}`, { retry: "later", cause: error }),
      waitMs: undefined,
    };
  }
}

function mayRepeat(error: Error, method: string): boolean {
  if (!(error instanceof HttpError)) return method === "GET";
  return error.status === 429 || (method === "GET" && [502, 503, 504].includes(error.status));
}

function givenUp(error: Error): StepError {
  return new StepError(error.message, { retry: "later", cause: error });
}

function urlOf(address: string, query: NonNullable<HttpRequest["query"]>): URL {
  const url = new URL(address);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/** Seconds, or a date; anything else is `undefined`. */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds * 1000);
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function bodyOf(text: string): unknown {
  if (text === "") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function messageIn(body: unknown): string {
  if (typeof body === "object" && body !== null && "message" in body && typeof body.message === "string") {
    return `: ${body.message}`;
  }
  return typeof body === "string" ? `: ${body.slice(0, 200)}` : "";
}
