import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AssetKey,
  type CheckKey,
  type Json,
  type RawMetadata,
  type StepContext,
  StepError,
} from "#platform";
import type { DbtRunResult } from "./artifacts.ts";
import { builtStatus, checkVerdict, type DbtLogEvent, parseDbtLog, type TestStatus } from "./dbt-log.ts";
import type { DbtTargets } from "./invocation.ts";
import { DbtLogSummary } from "./log-summary.ts";
import type { DbtNode } from "./manifest.ts";

type Built = Extract<DbtLogEvent, { type: "built" }>;
type Finished = Extract<DbtLogEvent, { type: "finished" }>;

/** Characters of compiled SQL that a materialization keeps. */
const sqlLength = 10_000;

/** Turns dbt's log into reports of assets and checks, over all calls of a step. */
export class DbtReport {
  readonly #step: StepContext;
  readonly #targets: DbtTargets;
  readonly #assetOf: ReadonlyMap<string, AssetKey>;
  readonly #checkOf: ReadonlyMap<string, CheckKey>;
  readonly #selected: ReadonlySet<string>;
  readonly #built = new Set<AssetKey>();
  readonly #faults = new Map<string, string>();
  readonly #skipped = new Set<string>();
  /** Built nodes of which dbt has not yet said how. */
  readonly #pending = new Map<string, Built>();
  /** Beginnings of the batches that each microbatch model has built. */
  readonly #batches = new Map<string, string[]>();
  #summary = new DbtLogSummary();
  /** Where dbt writes compiled SQL; absent where it is not kept or not within reach. */
  #compiledFolder: string | undefined;

  constructor(step: StepContext, targets: DbtTargets) {
    this.#step = step;
    this.#targets = targets;
    this.#assetOf = new Map([...targets.assets].map(([key, node]) => [node.unique_id, key]));
    this.#checkOf = new Map([...targets.checks].map(([key, node]) => [node.unique_id, key]));
    this.#selected = new Set<string>([...step.selectedAssets, ...step.selectedChecks]);
  }

  /** A call begins. */
  begin(compiledFolder: string | undefined): void {
    this.#summary = new DbtLogSummary();
    this.#compiledFolder = compiledFolder;
  }

  /** Takes a line of output; gives what of it people read. */
  read(line: string): string | undefined {
    const event = parseDbtLog(line);
    if (event === undefined) return undefined;
    this.#summary.read(event);
    if (event.type === "built") this.#readBuilt(event);
    else if (event.type === "tested") this.#readTest(event);
    else if (event.type === "finished") this.#readFinished(event);
    else if (event.type === "batch") this.#readBatch(event);
    else if (event.type === "message") this.#readMessage(event);
    return shownText(event);
  }

  /** Adds what the log did not tell, by `run_results.json`. */
  complete(results: readonly DbtRunResult[]): void {
    const seen = new Set([...this.#summary.built.keys(), ...this.#summary.tests.keys()]);
    for (const result of results) {
      const { uniqueId, status, message = "", seconds, failures, response = {} } = result;
      const pending = this.#pending.get(uniqueId);
      if (pending !== undefined) this.#tellBuilt(pending, { ...response, ...rowsOf(result) });
      if (seen.has(uniqueId)) continue;
      if (this.#assetOf.has(uniqueId)) {
        const event: Built = {
          ...{ type: "built", uniqueId, status: builtStatus(status), message, seconds },
          answer: undefined,
          relation: undefined,
          batches: result.batches,
        };
        this.#summary.read(event);
        this.#readBuilt(event);
        if (this.#pending.has(uniqueId)) this.#tellBuilt(event, { ...response, ...rowsOf(result) });
      } else if (this.#checkOf.has(uniqueId)) {
        const event = {
          type: "tested",
          uniqueId,
          status: status as TestStatus,
          failures,
          message,
          seconds,
        } as const;
        this.#summary.read({ ...event, isUnitTest: uniqueId.startsWith("unit_test.") });
        this.#readTest({ ...event, isUnitTest: uniqueId.startsWith("unit_test.") });
      }
    }
  }

  /** A call is over: tells of what is built and throws StepError where dbt could not do as asked. */
  endCall(exitCode: number): void {
    for (const event of [...this.#pending.values()]) this.#tellBuilt(event, {});
    const { lastError, verdict } = this.#summary;
    if (exitCode === 0 || exitCode === 1) return;
    const isCut = verdict === "cut_off" || exitCode >= 128;
    const reason = isCut ? "it was stopped before its end" : lastError || "it said nothing more";
    throw new StepError(`dbt ended with exit code ${exitCode}: ${reason}${this.#faultText("; ")}`, {
      retry: isCut ? "later" : "never",
    });
  }

  /** Whether something went wrong so far, so that further calls are of no use. */
  get hasFaults(): boolean {
    return this.#faults.size + this.#skipped.size > 0;
  }

  /** Throws StepError when dbt failed or left out something that was asked for. */
  end(): void {
    if (this.hasFaults) throw new StepError(this.#faultText(""), { retry: "later" });
    const missing = this.#step.selectedAssets.filter((asset) => !this.#built.has(asset));
    if (missing.length === 0) return;
    const reason = this.#summary.lastError === "" ? "" : `: ${this.#summary.lastError}`;
    throw new StepError(`dbt did not build ${missing.join(", ")}${reason}`, { retry: "never" });
  }

  #faultText(before: string): string {
    if (!this.hasFaults) return "";
    const skipped = [...this.#skipped].filter((name) => !this.#faults.has(name));
    const faults = [...this.#faults].map(([name, message]) => `${name}: ${message}`);
    const parts = [...faults, ...(skipped.length === 0 ? [] : [`skipped: ${skipped.join(", ")}`])];
    return before + parts.join("; ");
  }

  #readBuilt(event: Built): void {
    const { uniqueId, status, message, batches } = event;
    const asset = this.#assetOf.get(uniqueId);
    const name = asset ?? uniqueId;
    this.#faults.delete(name);
    if (status === "reused") {
      if (asset === undefined) return;
      this.#built.add(asset);
      this.#step.log.info(`${asset}: ${message}`);
    } else if (status === "skipped") this.#skipped.add(name);
    else if (status === "success") {
      if (asset !== undefined && this.#selected.has(asset)) this.#pending.set(uniqueId, event);
    } else {
      const done =
        batches === undefined ? "" : ` (${batches.successful} batches built, ${batches.failed} failed)`;
      this.#faults.set(name, `${message}${done}`);
      this.#step.log.error(message);
      this.#tellBatches(asset, uniqueId);
      this.#keepFailedSql(asset, uniqueId);
    }
  }

  /** dbt's second word on a node: for a failed one the reason, for a built one what the adapter says. */
  #readFinished({ uniqueId, message, response }: Finished): void {
    const pending = this.#pending.get(uniqueId);
    if (pending !== undefined) this.#tellBuilt(pending, response);
    const name = this.#assetOf.get(uniqueId) ?? this.#checkOf.get(uniqueId) ?? uniqueId;
    const fault = this.#faults.get(name);
    if (fault !== undefined && message !== "" && !fault.includes(message)) {
      this.#faults.set(name, `${fault}: ${message}`);
    }
  }

  #tellBuilt(
    { uniqueId, seconds, answer, batches, relation }: Built,
    response: { readonly [name: string]: unknown },
  ): void {
    this.#pending.delete(uniqueId);
    const asset = this.#assetOf.get(uniqueId);
    const node = asset === undefined ? undefined : this.#targets.assets.get(asset);
    if (asset === undefined || node === undefined) return;
    this.#built.add(asset);
    const rows = response["rows_affected"];
    const sql = this.#compiledSql(node);
    const metadata: { [name: string]: RawMetadata[string] } = {
      unique_id: uniqueId,
      ...(seconds === undefined ? {} : { execution_seconds: seconds }),
      ...(answer === undefined ? {} : { answer }),
      ...(relation === undefined ? {} : { relation }),
      ...(typeof rows === "number" && rows >= 0 ? rowMetadata(node, rows) : {}),
      ...(batches === undefined ? {} : { batches }),
      ...(Object.keys(response).length === 0 ? {} : { adapter_response: response as Json }),
      ...(sql === undefined
        ? {}
        : { compiled_sql: { type: "md", value: `\`\`\`sql\n${sql}\n\`\`\`` } as const }),
    };
    this.#step.materialized(asset, { metadata });
  }

  #readBatch({ uniqueId, status, batch, message }: Extract<DbtLogEvent, { type: "batch" }>): void {
    if (status === "success") this.#batches.set(uniqueId, [...(this.#batches.get(uniqueId) ?? []), batch]);
    else this.#step.log.error(message);
  }

  /** The batches that are built are slices that are, though others have failed. */
  #tellBatches(asset: AssetKey | undefined, uniqueId: string): void {
    const { partition } = this.#step;
    if (asset === undefined || partition === undefined || !this.#selected.has(asset)) return;
    for (const batch of this.#batches.get(uniqueId) ?? []) {
      const digits = batch.replaceAll(/\D/g, "");
      for (const slice of partition.keys.filter((key) => sameMoment(key.replaceAll(/\D/g, ""), digits))) {
        this.#step.materialized(asset, { partition: slice, metadata: { unique_id: uniqueId, batch } });
      }
    }
  }

  #readTest({ uniqueId, status, failures, message, seconds }: DbtLogEvent & { type: "tested" }): void {
    const check = this.#checkOf.get(uniqueId);
    if (status === "error") this.#faults.set(check ?? uniqueId, message);
    if (status === "skipped") return;
    if (check === undefined || !this.#selected.has(check)) {
      if (status !== "pass") this.#step.log.warning(message);
      return;
    }
    this.#step.checked(check, {
      ...checkVerdict(status),
      description: message,
      metadata: {
        status,
        ...(failures === undefined ? {} : { failed_rows: failures }),
        ...(seconds === undefined ? {} : { execution_seconds: seconds }),
      },
    });
  }

  #readMessage({ level, message }: DbtLogEvent & { type: "message" }): void {
    if (message.trim() === "") return;
    if (level === "error") this.#step.log.error(message);
    else if (level === "warn") this.#step.log.warning(message);
  }

  #compiledSql(node: DbtNode): string | undefined {
    const text = this.#readCompiled(node);
    if (text === undefined || text.length <= sqlLength) return text;
    return `${text.slice(0, sqlLength)}\n-- ${text.length - sqlLength} further characters`;
  }

  #readCompiled({ resource_type, package_name, original_file_path: file }: DbtNode): string | undefined {
    if (this.#compiledFolder === undefined || resource_type === "seed" || file === undefined)
      return undefined;
    try {
      return readFileSync(join(this.#compiledFolder, package_name, file), "utf8").trim();
    } catch {
      // Where dbt ran has no folder in common with us, or the node has no SQL.
      return undefined;
    }
  }

  /** The SQL of a model that failed is what its reader wants to see first. */
  #keepFailedSql(asset: AssetKey | undefined, uniqueId: string): void {
    const node = asset === undefined ? undefined : this.#targets.assets.get(asset);
    const sql = node === undefined ? undefined : this.#compiledSql(node);
    if (sql !== undefined) this.#step.log.info(`compiled SQL of ${asset ?? uniqueId}:\n${sql}`);
  }
}

/** Rows of a table that is made anew are its row count. */
function rowMetadata({ config, resource_type }: DbtNode, rows: number): RawMetadata {
  const isWhole = resource_type === "seed" || config?.["materialized"] === "table";
  return { rows_affected: rows, ...(isWhole ? { row_count: rows } : {}) };
}

function rowsOf({ rowsAffected }: DbtRunResult): { rows_affected?: number } {
  return rowsAffected === undefined ? {} : { rows_affected: rowsAffected };
}

/** `20260131` is the day of `202601310000`. */
function sameMoment(key: string, batch: string): boolean {
  if (key === "" || batch === "") return false;
  const [short, long] = key.length < batch.length ? [key, batch] : [batch, key];
  return long.startsWith(short) && /^0*$/.test(long.slice(short.length));
}

/** Lines for people; what dbt says at the level `debug` is for us alone. */
function shownText(event: DbtLogEvent): string | undefined {
  if (
    event.type === "built" ||
    event.type === "tested" ||
    event.type === "batch" ||
    event.type === "freshness"
  )
    return event.message;
  if (event.type === "message" && event.level !== "debug" && event.message.trim() !== "")
    return event.message;
  return undefined;
}
