import { StepError } from "#platform";
import { createHttpClient, HttpError, type HttpRequest, type Sleep } from "../http/http-client.ts";

/** A connection as the API tells it; further fields are left out. Times are ISO 8601 or null. */
export interface FivetranConnection {
  readonly id: string;
  readonly group_id: string;
  readonly service: string;
  readonly schema: string;
  readonly paused: boolean;
  readonly succeeded_at: string | null;
  readonly failed_at: string | null;
  readonly status: {
    readonly setup_state: string;
    readonly sync_state: string;
    readonly rescheduled_for?: string | null;
  };
}

export interface SetupTest {
  readonly title: string;
  readonly status: string;
  readonly message?: string;
}

export interface FivetranClient {
  connection(id: string): Promise<FivetranConnection>;
  /** All connections of all groups of the account. */
  connections(): Promise<FivetranConnection[]>;
  /** `schema.table` of every enabled table, as named in the destination; `undefined` before the first sync. */
  enabledTables(id: string): Promise<string[] | undefined>;
  /** Starts a sync; does nothing while one goes on. */
  sync(id: string): Promise<void>;
  setupTests(id: string): Promise<SetupTest[]>;
}

export interface FivetranClientOptions {
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly baseUrl?: string;
  readonly signal?: AbortSignal;
  readonly sleep?: Sleep;
}

/** A client of Fivetran's REST API v1. Calls reject with StepError; what the vendor limits is waited for. */
export function createFivetranClient(options: FivetranClientOptions): FivetranClient {
  const { apiKey, apiSecret, baseUrl = "https://api.fivetran.com/v1", signal, sleep } = options;
  const http = createHttpClient({
    baseUrl,
    headers: {
      accept: "application/json;version=2",
      authorization: `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString("base64")}`,
    },
    timeoutMs: 60_000,
    ...(sleep === undefined ? {} : { sleep }),
  });
  const call = async (path: string, request: HttpRequest = {}): Promise<unknown> => {
    const answer = await http.request(path, { ...request, ...(signal === undefined ? {} : { signal }) });
    return (answer as { data?: unknown } | undefined)?.data;
  };
  const list = async (path: string): Promise<unknown[]> => {
    const items: unknown[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = (await call(path, { query: { limit: 1000, cursor } })) as {
        items?: unknown[];
        next_cursor?: string;
      };
      items.push(...(page.items ?? []));
      if (page.next_cursor === undefined || page.next_cursor === null) return items;
      cursor = page.next_cursor;
    }
  };
  return {
    connection: (id) =>
      told(async () => (await call(`/connections/${encodeURIComponent(id)}`)) as FivetranConnection),
    connections: () =>
      told(async () => {
        const found: FivetranConnection[] = [];
        for (const group of (await list("/groups")) as { id: string }[]) {
          found.push(
            ...((await list(`/groups/${encodeURIComponent(group.id)}/connections`)) as FivetranConnection[]),
          );
        }
        return found;
      }),
    enabledTables: (id) =>
      told(async () => {
        try {
          return tablesIn(await call(`/connections/${encodeURIComponent(id)}/schemas`));
        } catch (error) {
          if (error instanceof HttpError && error.status === 404) return undefined;
          throw error;
        }
      }),
    sync: (id) =>
      told(async () => {
        await call(`/connections/${encodeURIComponent(id)}/sync`, { method: "POST", json: { force: false } });
      }),
    setupTests: (id) =>
      told(async () => {
        const json = { trust_certificates: true, trust_fingerprints: true };
        const data = await call(`/connections/${encodeURIComponent(id)}/test`, { method: "POST", json });
        return (data as { setup_tests?: SetupTest[] }).setup_tests ?? [];
      }),
  };
}

interface SchemaConfig {
  readonly schemas?: {
    readonly [name: string]: {
      readonly enabled: boolean;
      readonly name_in_destination: string;
      readonly tables?: {
        readonly [name: string]: { readonly enabled: boolean; readonly name_in_destination: string };
      };
    };
  };
}

function tablesIn(config: unknown): string[] {
  const { schemas = {} } = config as SchemaConfig;
  return Object.values(schemas)
    .filter((schema) => schema.enabled)
    .flatMap((schema) =>
      Object.values(schema.tables ?? {})
        .filter((table) => table.enabled)
        .map((table) => `${schema.name_in_destination}.${table.name_in_destination}`),
    );
}

/** A refusal of the API as a step's error: wrong requests and rights stay wrong, server faults may pass. */
async function told<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw new StepError(`Fivetran: ${error.message}`, {
      retry: error.status >= 500 ? "later" : "never",
      cause: error,
    });
  }
}
