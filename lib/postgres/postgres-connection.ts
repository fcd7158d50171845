import type { Client } from "pg";
import { StepError } from "#platform";

export interface PostgresSettings {
  /** `postgresql://user:password@host:5432/database`. */
  readonly url: string;
  /** Schema of assets whose key has one part; `public` unless given. */
  readonly schema?: string;
}

/** Connections, disk, shutting down and conflicts of transactions: what passes by itself. */
const passing = /^(08|53|57P|40)/;

/**
 * A connection for one piece of work, closed afterwards. An abort cancels the statement that runs and closes it. What
 * Postgres refuses is a StepError.
 */
export async function withConnection<T>(
  { url }: PostgresSettings,
  signal: AbortSignal,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connected(url, signal);
  const onAbort = () => void cancel(url, client);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await work(client);
  } catch (error) {
    throw signal.aborted ? signal.reason : stepErrorOf(error);
  } finally {
    signal.removeEventListener("abort", onAbort);
    await client.end().catch(() => {});
  }
}

/** Commits what `work` did, or nothing of it. */
export async function inTransaction<T>(client: Client, work: () => Promise<T>): Promise<T> {
  await client.query("begin");
  try {
    const result = await work();
    await client.query("commit");
    return result;
  } catch (error) {
    // A connection that is lost has rolled back by itself.
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

async function connected(url: string, signal: AbortSignal): Promise<Client> {
  signal.throwIfAborted();
  const { default: pg } = await import("pg");
  try {
    const client = new pg.Client({
      connectionString: url,
      connectionTimeoutMillis: 10_000,
      keepAlive: true,
      application_name: "dop",
    });
    // A connection that breaks between two statements is told by the next one.
    client.on("error", () => {});
    await client.connect();
    // Texts of dates and numbers are then those that DuckDB reads.
    await client.query("set timezone to 'UTC'; set datestyle to 'ISO'; set extra_float_digits to 1");
    return client;
  } catch (error) {
    throw stepErrorOf(error);
  }
}

async function cancel(url: string, client: Client): Promise<void> {
  const { processID } = client as Client & { readonly processID?: number };
  try {
    const other = await connected(url, AbortSignal.timeout(10_000));
    await other.query("select pg_cancel_backend($1)", [processID]);
    await other.end();
  } catch {
    // Closing the connection below ends the statement as well, only later.
  }
}

/** Addresses hold passwords, so that only what Postgres itself says is told. */
function stepErrorOf(error: unknown): unknown {
  if (error instanceof StepError || !(error instanceof Error)) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const { code, detail } = error as Error & { readonly code?: string; readonly detail?: string };
  const isPassing =
    code === undefined
      ? /terminated|timeout/i.test(error.message)
      : passing.test(code) || /^E[A-Z]+$/.test(code);
  const more = detail === undefined ? "" : ` (${detail})`;
  return new StepError(`Postgres: ${error.message}${more}`, {
    retry: isPassing ? "later" : "never",
    cause: error,
  });
}
