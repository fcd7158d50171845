import type { Connection, ConnectionOptions, RowStatement, SnowflakeError } from "snowflake-sdk";
import { type Row, StepError } from "#platform";
import type { ConnectionSettings } from "./snowflake-connection.ts";
import { privateKeyPem } from "./snowflake-private-key.ts";

export interface StatementResult {
  readonly queryId: string;
  readonly rows: readonly Row[];
  /** Rows written, where the statement writes any. */
  readonly rowsAffected?: number;
}

/** What runs statements one after another in one session. */
export interface SnowflakeSession {
  execute(sql: string, options?: StatementOptions): Promise<StatementResult>;
  close(): Promise<void>;
}

export interface StatementOptions {
  /** Whether `sql` holds any number of statements; the result is that of the first. */
  readonly several?: boolean;
}

export interface SessionOptions {
  /** Cancels the running statement. */
  readonly signal: AbortSignal;
  /** Shown by Snowflake with every query of the session. */
  readonly queryTag: string;
  /** Deadline of one statement. */
  readonly timeoutMs: number;
}

/** Opens a session. Rejects with StepError when the service refuses or can't be reached. */
export async function openSnowflake(
  settings: ConnectionSettings,
  options: SessionOptions,
): Promise<SnowflakeSession> {
  const { default: sdk } = await import("snowflake-sdk");
  // Faults come back with the calls; the driver's own log would lie in the working folder.
  sdk.configure({ logLevel: "OFF", additionalLogToConsole: false });
  const connection = sdk.createConnection(sdkOptions(settings, options.queryTag));
  await withDeadline(connect(connection), options, "connecting to Snowflake");
  return {
    execute: (sql, statement) => execute(connection, { sql, ...statement }, options),
    close: () =>
      new Promise((resolve) => {
        // A session that can't be closed ends by itself on the other side.
        connection.destroy(() => resolve());
      }),
  };
}

/** The driver's options; key pairs and tokens choose their authenticator. */
export function sdkOptions(settings: ConnectionSettings, queryTag: string): ConnectionOptions {
  const {
    account,
    user,
    password,
    private_key,
    private_key_passphrase,
    token,
    authenticator,
    access_url,
    ...place
  } = settings;
  if (account === undefined) throw new StepError("the Snowflake account is not known", { retry: "never" });
  const chosen =
    authenticator ??
    (private_key !== undefined ? "SNOWFLAKE_JWT" : token !== undefined ? "OAUTH" : undefined);
  return {
    account,
    application: "dop",
    clientSessionKeepAlive: true,
    queryTag,
    ...place,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password }),
    ...(token === undefined ? {} : { token }),
    ...(access_url === undefined ? {} : { accessUrl: access_url }),
    ...(private_key === undefined ? {} : { privateKey: privateKeyPem(private_key, private_key_passphrase) }),
    ...(chosen === undefined ? {} : { authenticator: chosen }),
  };
}

function connect(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connect((error) =>
      error == null ? resolve() : reject(stepError("Snowflake refused the connection", error)),
    );
  });
}

async function execute(
  connection: Connection,
  { sql, several = false }: StatementOptions & { sql: string },
  options: SessionOptions,
): Promise<StatementResult> {
  let running: RowStatement | undefined;
  const finished = new Promise<StatementResult>((resolve, reject) => {
    running = connection.execute({
      sqlText: sql,
      ...(several ? { parameters: { MULTI_STATEMENT_COUNT: 0 } } : {}),
      complete(error, statement, rows) {
        if (error != null) return reject(stepError("Snowflake refused a statement", error));
        // Statements that write no rows say -1.
        const affected = statement.getNumUpdatedRows() ?? -1;
        resolve({
          queryId: statement.getQueryId(),
          rows: (rows ?? []) as Row[],
          ...(affected < 0 ? {} : { rowsAffected: affected }),
        });
      },
    });
  });
  try {
    return await withDeadline(finished, options, "a Snowflake statement");
  } catch (error) {
    if (options.signal.aborted || isTimeout(error)) running?.cancel(() => undefined);
    throw error;
  }
}

async function withDeadline<T>(
  work: Promise<T>,
  { signal, timeoutMs }: SessionOptions,
  what: string,
): Promise<T> {
  signal.throwIfAborted();
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new StepError(`${what} took longer than ${timeoutMs / 1000} s`, { retry: "later", cause: timedOut }),
      );
    }, timeoutMs);
    abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal.removeEventListener("abort", abort);
    work.catch(() => undefined);
  }
}

const timedOut = new DOMException("the deadline has passed", "TimeoutError");

function isTimeout(error: unknown): boolean {
  return error instanceof StepError && error.cause === timedOut;
}

/** What Snowflake's SQL compiler and access control say stays so; anything else may go away. */
function stepError(what: string, error: SnowflakeError): StepError {
  const refused = error.sqlState !== undefined || [390100, 390144, 390101].includes(Number(error.code));
  return new StepError(`${what}: ${error.message}`, { retry: refused ? "never" : "later", cause: error });
}
