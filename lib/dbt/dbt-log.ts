/** How a model, seed or snapshot came out; `reused` means that nothing had changed, so that dbt built nothing. */
export type BuiltStatus = "success" | "error" | "skipped" | "reused" | "partial success";

export type TestStatus = "pass" | "warn" | "fail" | "error" | "skipped";

/** What one line of dbt's JSON log says of a node, or of the whole run. */
export type DbtLogEvent =
  | {
      readonly type: "built";
      readonly uniqueId: string;
      readonly status: BuiltStatus;
      readonly message: string;
      readonly seconds: number | undefined;
      /** What the warehouse answered, such as `SELECT 4`. */
      readonly answer: string | undefined;
      /** The table or view, quoted as in SQL. */
      readonly relation: string | undefined;
      /** Of a microbatch model that came out in part. */
      readonly batches: { readonly successful: number; readonly failed: number } | undefined;
    }
  | {
      readonly type: "tested";
      readonly uniqueId: string;
      readonly status: TestStatus;
      readonly isUnitTest: boolean;
      readonly failures: number | undefined;
      readonly message: string;
      readonly seconds: number | undefined;
    }
  /** `error` as well as `runtime error`, where the age is not known. */
  | {
      readonly type: "freshness";
      readonly uniqueId: string;
      readonly status: string;
      readonly message: string;
    }
  | { readonly type: "started"; readonly uniqueId: string }
  /**
   * dbt is done with a node, or with one batch of a microbatch model: there the first of them is not the end. Until
   * dbt 2 only `built` and `tested` are results.
   */
  | {
      readonly type: "finished";
      readonly uniqueId: string;
      readonly status: string;
      readonly seconds: number | undefined;
      readonly message: string;
      /** What the adapter says of the statement, such as `rows_affected` and the query's id. */
      readonly response: { readonly [name: string]: unknown };
    }
  /** One batch of a microbatch model; `batch` is its beginning, such as `2026-01-31`. */
  | {
      readonly type: "batch";
      readonly uniqueId: string;
      readonly status: BuiltStatus;
      readonly batch: string;
      readonly message: string;
    }
  | { readonly type: "cancelled"; readonly uniqueId: string }
  /** `dbt ls` prints a node. */
  | { readonly type: "listed"; readonly uniqueId: string }
  | { readonly type: "completed"; readonly success: boolean }
  | {
      readonly type: "message";
      /** dbt's name of the event; `undefined` for a line that is no event. */
      readonly name: string | undefined;
      readonly level: string;
      readonly message: string;
      /** The run was interrupted from outside. */
      readonly isInterrupt: boolean;
    };

interface LogLine {
  readonly info: { readonly name?: string; readonly level?: string; readonly msg?: string };
  readonly data?: LogData;
}

interface LogData {
  readonly status?: unknown;
  readonly result_message?: unknown;
  readonly execution_time?: number;
  readonly num_failures?: number | null;
  readonly conn_name?: string;
  readonly success?: boolean;
  readonly keyboard_interrupt?: boolean;
  readonly msg?: string;
  readonly run_result?: {
    readonly status?: string;
    readonly execution_time?: number;
    readonly message?: string;
    readonly adapter_response?: { readonly [name: string]: unknown };
  };
  readonly description?: string;
  readonly node_info?: {
    readonly unique_id?: string;
    readonly node_status?: string;
    readonly resource_type?: string;
    readonly node_relation?: { readonly relation_name?: string };
  };
}

/** Reads one line of output; lines that are no events (usage errors, tracebacks) are messages. */
export function parseDbtLog(line: string): DbtLogEvent | undefined {
  const event = parse(line);
  if (event === undefined) return line.trim() === "" ? undefined : (listedBy(line) ?? plainMessage(line));
  const read = readers[event.info.name ?? ""];
  return read?.(event) ?? messageOf(event);
}

/** How a test of dbt answers as a check: a warning is no pass, and weighs less. */
export function checkVerdict(status: TestStatus): {
  readonly passed: boolean;
  readonly severity: "warn" | "error";
} {
  return { passed: status === "pass", severity: status === "warn" ? "warn" : "error" };
}

type Reader = (event: LogLine) => DbtLogEvent | undefined;

const readers: { readonly [name: string]: Reader } = {
  LogModelResult: builtOf,
  LogSeedResult: builtOf,
  LogSnapshotResult: builtOf,
  LogTestResult: testedOf,
  SkippingDetails: skippedOf,
  LogSkipBecauseError: skippedOf,
  LogFreshnessResult: (event) => ({
    type: "freshness",
    uniqueId: idOf(event),
    status: String(event.data?.status),
    message: event.info.msg ?? "",
  }),
  LogStartLine: (event) => ({ type: "started", uniqueId: idOf(event) }),
  NodeStart: (event) => ({ type: "started", uniqueId: idOf(event) }),
  NodeFinished: finishedOf,
  LogBatchResult: batchOf,
  LogCancelLine: ({ data }) => ({ type: "cancelled", uniqueId: data?.conn_name ?? "" }),
  PrintEvent: ({ data }) => listedBy(data?.msg ?? ""),
  CommandCompleted: ({ data }) => ({ type: "completed", success: data?.success === true }),
};

function builtOf({ info, data = {} }: LogLine): DbtLogEvent {
  const { node_info: node = {}, status, result_message: result, execution_time: seconds } = data;
  const parts = /\((\d+)\/(\d+)\)/.exec(String(status))?.slice(1).map(Number);
  const [successful, total] = parts ?? [];
  return {
    type: "built",
    uniqueId: node.unique_id ?? "",
    status: builtStatus(node.node_status),
    message: info.msg ?? "",
    seconds,
    relation: node.node_relation?.relation_name || undefined,
    // Of models the status itself is the warehouse's answer.
    answer: typeof result === "string" ? result : typeof status === "string" ? status : undefined,
    batches:
      successful === undefined || total === undefined
        ? undefined
        : { successful, failed: total - successful },
  };
}

function testedOf({ info, data = {} }: LogLine): DbtLogEvent {
  const { node_info: node = {}, status, num_failures: failures, execution_time: seconds } = data;
  return {
    type: "tested",
    uniqueId: node.unique_id ?? "",
    // Of unit tests the node's own status is never set.
    status: testStatus(status),
    isUnitTest: node.resource_type === "unit_test",
    failures: failures ?? undefined,
    message: info.msg ?? "",
    seconds,
  };
}

function skippedOf(event: LogLine): DbtLogEvent {
  const [uniqueId, message] = [idOf(event), event.info.msg ?? ""];
  const type = event.data?.node_info?.resource_type ?? "";
  const nothing = { seconds: undefined, answer: undefined, relation: undefined, batches: undefined };
  if (type !== "test" && type !== "unit_test")
    return { type: "built", uniqueId, status: "skipped", message, ...nothing };
  return {
    type: "tested",
    uniqueId,
    status: "skipped",
    isUnitTest: type === "unit_test",
    failures: undefined,
    message,
    seconds: undefined,
  };
}

function finishedOf(event: LogLine): DbtLogEvent {
  const { run_result: result, node_info: node } = event.data ?? {};
  return {
    type: "finished",
    uniqueId: idOf(event),
    status: result?.status ?? node?.node_status ?? "",
    seconds: result?.execution_time,
    message: result?.message ?? event.info.msg ?? "",
    response: result?.adapter_response ?? {},
  };
}

function batchOf({ info, data = {} }: LogLine): DbtLogEvent {
  const { node_info: node = {}, description = "" } = data;
  return {
    type: "batch",
    uniqueId: node.unique_id ?? "",
    status: builtStatus(node.node_status),
    batch: /\bbatch (\S+) of\b/.exec(description)?.[1] ?? "",
    message: info.msg ?? "",
  };
}

function messageOf({ info, data }: LogLine): DbtLogEvent {
  const { name, level = "info", msg: message = "" } = info;
  return { type: "message", name, level, message, isInterrupt: data?.keyboard_interrupt === true };
}

function plainMessage(line: string): DbtLogEvent {
  return { type: "message", name: undefined, level: "info", message: line, isInterrupt: false };
}

/** `dbt ls --output json` prints a JSON object for each node. */
function listedBy(text: string): DbtLogEvent | undefined {
  if (!text.startsWith("{")) return undefined;
  try {
    const { unique_id: uniqueId } = JSON.parse(text) as { unique_id?: unknown };
    return typeof uniqueId === "string" ? { type: "listed", uniqueId } : undefined;
  } catch {
    return undefined;
  }
}

function idOf({ data }: LogLine): string {
  return data?.node_info?.unique_id ?? "";
}

/** A model that dbt's second version built with warnings is built. */
export function builtStatus(status: string | undefined): BuiltStatus {
  if (status === "success" || status === "warn") return "success";
  return status === "skipped" || status === "reused" || status === "partial success" ? status : "error";
}

function testStatus(status: unknown): TestStatus {
  const text = String(status).toLowerCase();
  // Early builds of dbt's second version say `success`.
  if (text === "pass" || text === "success") return "pass";
  return text === "warn" || text === "fail" || text === "skipped" ? text : "error";
}

function parse(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const value = JSON.parse(line) as LogLine;
    return typeof value.info === "object" && value.info !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
