import { createHttpClient, defaultSleep, type HttpClient, type Sleep } from "../http/http-client.ts";

/** One run of a sync as the API tells it; further fields are kept as they come. */
export interface HightouchRun {
  readonly id: string | number;
  readonly status: string;
  readonly error?: unknown;
  readonly querySize?: number;
  readonly completionRatio?: number;
  readonly failedRows?: {
    readonly addedCount?: number;
    readonly changedCount?: number;
    readonly removedCount?: number;
  };
  readonly [field: string]: unknown;
}

export interface HightouchClient {
  sync(id: string): Promise<Record<string, unknown>>;
  destination(id: string): Promise<Record<string, unknown>>;
  /** Starts a run and gives its id. */
  trigger(syncId: string): Promise<string>;
  /** Waits until the run has ended, in whatever way. Rejects with TimeoutError after `deadlineMs`. */
  waitForRun(
    syncId: string,
    runId: string,
    options: { deadlineMs: number; pollMs?: number },
  ): Promise<HightouchRun>;
}

const endedStatuses = new Set(["cancelled", "failed", "success", "warning", "interrupted", "aborted"]);

/** A client of Hightouch's REST API. */
export function createHightouchClient(options: {
  readonly token: string;
  readonly baseUrl?: string;
  readonly signal?: AbortSignal;
  readonly sleep?: Sleep;
  readonly now?: () => number;
}): HightouchClient {
  const {
    token,
    baseUrl = "https://api.hightouch.com/api/v1",
    signal,
    sleep = defaultSleep,
    now = Date.now,
  } = options;
  const http: HttpClient = createHttpClient({
    baseUrl,
    headers: { authorization: `Bearer ${token}` },
    sleep,
  });
  const withSignal = signal === undefined ? {} : { signal };
  const get = async (path: string, query = {}): Promise<Record<string, unknown>> =>
    (await http.request(path, { query, ...withSignal })) as Record<string, unknown>;
  const findRun = async (syncId: string, runId: string): Promise<HightouchRun | undefined> => {
    const { data } = await get(`/syncs/${encodeURIComponent(syncId)}/runs`, { runId });
    const runs = Array.isArray(data) ? (data as HightouchRun[]) : [];
    return runs.find((run) => String(run.id) === runId);
  };
  return {
    sync: (id) => get(`/syncs/${encodeURIComponent(id)}`),
    destination: (id) => get(`/destinations/${encodeURIComponent(id)}`),
    async trigger(syncId) {
      const path = `/syncs/${encodeURIComponent(syncId)}/trigger`;
      const answer = (await http.request(path, { method: "POST", json: {}, ...withSignal })) as {
        id: unknown;
      };
      return String(answer.id);
    },
    async waitForRun(syncId, runId, { deadlineMs, pollMs = 3000 }) {
      const end = now() + deadlineMs;
      for (;;) {
        const run = await findRun(syncId, runId);
        if (run !== undefined && endedStatuses.has(run.status)) return run;
        if (now() >= end) {
          throw new DOMException(
            `run ${runId} of sync ${syncId} is still ${run?.status ?? "unknown"}`,
            "TimeoutError",
          );
        }
        await sleep(pollMs, signal);
      }
    },
  };
}
