/** What one line of dbt's JSON log says of a node that ended, or of the whole run. */
export type DbtLogEvent =
  | {
      readonly type: "built";
      readonly uniqueId: string;
      /** `reused`: dbt found that nothing had changed and built nothing. */
      readonly status: "success" | "error" | "skipped" | "reused";
      readonly message: string;
      readonly seconds: number | undefined;
    }
  | {
      readonly type: "tested";
      readonly uniqueId: string;
      readonly status: "pass" | "warn" | "fail" | "error" | "skipped";
      readonly failures: number | undefined;
      readonly message: string;
      readonly seconds: number | undefined;
    }
  | { readonly type: "message"; readonly level: string; readonly message: string };

interface LogLine {
  readonly info?: { readonly name?: string; readonly level?: string; readonly msg?: string };
  readonly data?: {
    readonly status?: unknown;
    readonly execution_time?: number;
    readonly num_failures?: number | null;
    readonly node_info?: {
      readonly unique_id?: string;
      readonly node_status?: string;
      readonly resource_type?: string;
    };
  };
}

const builtResults = new Set(["LogModelResult", "LogSeedResult", "LogSnapshotResult"]);

/** Reads one line of standard output; lines that are no JSON (usage errors, tracebacks) are messages. */
export function parseDbtLog(line: string): DbtLogEvent | undefined {
  const event = parse(line);
  if (event?.info === undefined)
    return line.trim() === "" ? undefined : { type: "message", level: "info", message: line };
  const { name = "", level = "info", msg = "" } = event.info;
  const { node_info: node = {}, status, execution_time: seconds, num_failures } = event.data ?? {};
  const uniqueId = node.unique_id ?? "";
  if (builtResults.has(name))
    return { type: "built", uniqueId, status: builtStatus(node.node_status), message: msg, seconds };
  if (name === "LogTestResult" && node.resource_type !== "unit_test") {
    return {
      type: "tested",
      uniqueId,
      status: testStatus(status),
      failures: num_failures ?? undefined,
      message: msg,
      seconds,
    };
  }
  if (name === "SkippingDetails" || name === "LogSkipBecauseError") {
    return node.resource_type === "test"
      ? { type: "tested", uniqueId, status: "skipped", failures: undefined, message: msg, seconds: undefined }
      : { type: "built", uniqueId, status: "skipped", message: msg, seconds: undefined };
  }
  return { type: "message", level, message: msg };
}

function builtStatus(status: string | undefined): "success" | "error" | "skipped" | "reused" {
  if (status === "success" || status === "warn") return "success";
  return status === "skipped" || status === "reused" ? status : "error";
}

function testStatus(status: unknown): "pass" | "warn" | "fail" | "error" | "skipped" {
  const text = String(status).toLowerCase();
  // Early builds of dbt's second version say `success`.
  if (text === "pass" || text === "success") return "pass";
  return text === "warn" || text === "fail" || text === "skipped" ? text : "error";
}

function parse(line: string): LogLine | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
