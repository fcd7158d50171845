import { setTimeout as sleep } from "node:timers/promises";
import { isPlainObject, StepError } from "#platform";
import { serviceAccountKey } from "../google/service-account-key.ts";

export interface GcsSettings {
  readonly bucket: string;
  /** Service account key, as JSON or its base64; without it Google's default credentials. */
  readonly credentials?: string;
  readonly access_token?: string;
  readonly endpoint_url?: string;
}

export interface GcsRequestOptions {
  readonly method?: "GET" | "POST" | "PUT";
  readonly query?: { readonly [name: string]: string };
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Blob;
  readonly signal: AbortSignal;
  /** Answers besides success that the caller handles. */
  readonly accepts?: readonly number[];
  /** Whether it is sent again after an answer that Google documents as retryable; true unless given. */
  readonly isRepeated?: boolean;
  /** Until the answer is there with its body; a minute unless given, `null` for none. */
  readonly timeoutMs?: number | null;
}

/** Rejects with StepError. `path` may be a whole address. */
export type GcsRequest = (path: string, options: GcsRequestOptions) => Promise<Response>;

// https://cloud.google.com/storage/docs/retry-strategy
const retryable: readonly number[] = [408, 429, 500, 502, 503, 504];
const mostTries = 5;

export function createGcsRequest(settings: GcsSettings): GcsRequest {
  const base = settings.endpoint_url?.replace(/\/$/, "") ?? "https://storage.googleapis.com";
  const authorization = authorizationOf(settings);
  return async (path, options) => {
    const { signal, isRepeated = true } = options;
    const url = new URL(path.startsWith("/") ? `${base}${path}` : path);
    for (const [name, value] of Object.entries(options.query ?? {})) url.searchParams.set(name, value);
    for (let attempt = 1; ; attempt++) {
      const answer = await answerOf(url, options, await authorization());
      signal.throwIfAborted();
      // A server in the same process may have put its own class in the place of the global one.
      if (!(answer instanceof Error)) return answer;
      if (answer.retry === "never" || !isRepeated || attempt >= mostTries) throw answer;
      await sleep(2 ** attempt * 250, undefined, { signal });
    }
  };
}

export function refusal(status: number, text: string): StepError {
  return new StepError(`Cloud Storage answered ${status}: ${messageOf(text)}`, {
    retry: retryable.includes(status) ? "later" : "never",
  });
}

/** The answer, or why there is none that the caller takes. */
async function answerOf(
  url: URL,
  { method = "GET", headers = {}, body, signal, accepts = [], timeoutMs }: GcsRequestOptions,
  authorization: { readonly [name: string]: string },
): Promise<Response | StepError> {
  signal.throwIfAborted();
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers, ...authorization },
      ...(body === undefined ? {} : { body }),
      redirect: "manual",
      signal: withDeadline(signal, timeoutMs),
    });
    if (answer.ok || accepts.includes(answer.status)) return answer;
    return refusal(answer.status, await answer.text());
  } catch (error) {
    return new StepError(`Cloud Storage is out of reach at ${url.origin}`, { retry: "later", cause: error });
  }
}

function withDeadline(signal: AbortSignal, timeoutMs: number | null = 60_000): AbortSignal {
  return timeoutMs === null ? signal : AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
}

/** Headers of each request; tokens are renewed by Google's library. */
function authorizationOf({ credentials, access_token, endpoint_url }: GcsSettings) {
  let client: Promise<{ getRequestHeaders(): Promise<Headers> }> | undefined;
  return async (): Promise<{ readonly [name: string]: string }> => {
    if (access_token !== undefined) return { authorization: `Bearer ${access_token}` };
    // An emulator wants none.
    if (endpoint_url !== undefined && credentials === undefined) return {};
    client ??= openAuth(credentials);
    const headers = await (await client).getRequestHeaders();
    return Object.fromEntries(headers.entries());
  };
}

async function openAuth(credentials: string | undefined): Promise<{ getRequestHeaders(): Promise<Headers> }> {
  const { GoogleAuth } = await import("google-auth-library");
  const auth = new GoogleAuth({
    scopes: ["https://www.googleapis.com/auth/devstorage.read_write"],
    ...(credentials === undefined ? {} : { credentials: serviceAccountKey(credentials) }),
  });
  try {
    return await auth.getClient();
  } catch (error) {
    throw new StepError(`no Google credentials: ${(error as Error).message}`, {
      retry: "never",
      cause: error,
    });
  }
}

/** What Google says of an error, where it says it. */
function messageOf(text: string): string {
  try {
    const answer: unknown = JSON.parse(text);
    const error = isPlainObject(answer) ? answer["error"] : undefined;
    if (isPlainObject(error) && typeof error["message"] === "string") return error["message"];
  } catch {
    // Told as it is.
  }
  return text.slice(0, 300);
}
