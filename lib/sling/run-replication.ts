import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, matchesGlob } from "node:path";
import {
  type AssetKey,
  type Json,
  type RawMetadata,
  type StepContext,
  StepError,
  type TableColumn,
} from "#platform";
import { toolPath } from "../tool-path.ts";
import type { Replication } from "./replication.ts";
import { SlingLog, type StreamResult } from "./sling-log.ts";

/** What Sling is asked to do: a replication, and which asset each of its streams is. */
export interface ReplicationRun {
  readonly replication: Replication;
  readonly assets: ReadonlyMap<AssetKey, string>;
  /** Connections by name, secrets revealed. */
  readonly connections: { readonly [name: string]: unknown };
  /** Where relative paths of the replication start; absolute. */
  readonly folder: string;
  readonly includeMetadata: readonly ("row_count" | "column_metadata")[];
}

/**
 * One `sling run` over the streams of the selected assets. Each stream that succeeds is reported when it ends; then
 * the step fails if any stream failed.
 */
export async function runReplication(step: StepContext, run: ReplicationRun): Promise<void> {
  const selected = [...run.assets].filter(([asset]) => step.selectedAssets.includes(asset));
  const streams = Object.fromEntries(
    selected.map(([, stream]) => [stream, run.replication.streams[stream] ?? {}]),
  );
  const home = await mkdtemp(join(tmpdir(), "dop-sling-"));
  const sling = slingCaller(step, run, home);
  try {
    const file = join(home, "replication.json");
    await writeFile(file, JSON.stringify({ ...run.replication, streams }), { mode: 0o600 });
    const log = new SlingLog();
    const results = new Map<string, StreamResult>();
    const reports: Promise<void>[] = [];
    const { exitCode } = await sling(["run", "-r", file], (line) => {
      const { message, level, result } = log.read(line);
      if (message !== "" && (level === "error" || level === "warn")) step.log.warning(message);
      if (result === undefined) return;
      results.set(result.name, result);
      for (const asset of assetsOf(selected, result))
        reports.push(report(step, { asset, result, run, sling }));
    });
    await Promise.all(reports);
    const failed = [...results.values()].filter(({ status }) => status === "failure").map(({ name }) => name);
    if (exitCode !== 0 || failed.length > 0) {
      const which = failed.length === 0 ? `with exit code ${exitCode}` : `: ${failed.join(", ")} failed`;
      throw new StepError(`sling ended ${which}`.replace(" :", ":"), { retry: "later" });
    }
    const silent = selected.filter(
      ([, stream]) => ![...results.keys()].some((name) => isStream(stream, name)),
    );
    if (silent.length > 0) {
      throw new StepError(`sling told nothing of ${silent.map(([, stream]) => stream).join(", ")}`, {
        retry: "never",
      });
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

type Sling = (args: readonly string[], onLine: (line: string) => void) => Promise<{ exitCode: number }>;

/** Calls Sling with the connections and nothing of the host's own settings. */
function slingCaller(step: StepContext, { connections, folder }: ReplicationRun, home: string): Sling {
  const env = {
    ...Object.fromEntries(
      Object.entries(connections).map(([name, connection]) => [name, JSON.stringify(connection)]),
    ),
    SLING_HOME_DIR: home,
    SLING_DISABLE_TELEMETRY: "true",
    SLING_LOGGING: "JSON",
    SLING_OUTPUT: "json",
  };
  const command = toolPath(step.projectRoot, "sling");
  return (args, onLine) =>
    step.subprocess(command, args, { cwd: folder, env, allowFailure: true, onStdoutLine: onLine });
}

async function report(
  step: StepContext,
  { asset, result, run, sling }: { asset: AssetKey; result: StreamResult; run: ReplicationRun; sling: Sling },
): Promise<void> {
  if (result.status !== "success") return;
  const metadata: Record<string, RawMetadata[string]> = { stream: result.name };
  if (result.rows !== undefined) metadata["rows_inserted"] = result.rows;
  if (result.object !== undefined) metadata["target"] = result.object;
  if (result.object !== undefined && run.includeMetadata.length > 0) {
    Object.assign(metadata, await describeTarget(step, { object: result.object, run, sling }));
  }
  step.materialized(asset, { metadata });
}

/** What the target says of a table that was written; a target that can't be asked is only logged. */
async function describeTarget(
  step: StepContext,
  { object, run, sling }: { object: string; run: ReplicationRun; sling: Sling },
): Promise<RawMetadata> {
  const { target } = run.replication;
  const metadata: Record<string, RawMetadata[string]> = {};
  if (run.includeMetadata.includes("row_count")) {
    const [row] = await answerOf(sling, [
      "conns",
      "exec",
      target,
      `select count(*) as row_count from ${object}`,
    ]);
    if (row === undefined) step.log.warning(`${target} did not tell how many rows ${object} holds`);
    else metadata["row_count"] = Number(row["row_count"] ?? Object.values(row)[0]);
  }
  if (run.includeMetadata.includes("column_metadata")) {
    const rows = await answerOf(sling, [
      "conns",
      "discover",
      target,
      "-p",
      object.replaceAll('"', ""),
      "--columns",
    ]);
    if (rows.length === 0) step.log.warning(`${target} did not tell which columns ${object} has`);
    else metadata["columns"] = { type: "table_schema", value: { columns: rows.map(columnOf) } };
  }
  return metadata;
}

function columnOf(row: { readonly [field: string]: unknown }): TableColumn {
  return { name: String(row["Column"]), type: String(row["Native Type"]) };
}

/** Rows of Sling's answer `{fields, rows}`; none where it failed. */
async function answerOf(sling: Sling, args: readonly string[]): Promise<{ [field: string]: unknown }[]> {
  let answer: { fields: string[]; rows: Json[][] } | undefined;
  const { exitCode } = await sling(args, (line) => {
    try {
      const value = JSON.parse(line) as { fields?: string[]; rows?: Json[][] };
      if (Array.isArray(value.fields) && Array.isArray(value.rows))
        answer = { fields: value.fields, rows: value.rows };
    } catch {
      // Other lines are talk.
    }
  });
  if (exitCode !== 0 || answer === undefined) return [];
  const { fields, rows } = answer;
  return rows.map((row) => Object.fromEntries(fields.map((field, index) => [field, row[index]])));
}

function assetsOf(selected: readonly (readonly [AssetKey, string])[], result: StreamResult): AssetKey[] {
  const exact = selected.filter(([, stream]) => stream === result.name);
  const found = exact.length > 0 ? exact : selected.filter(([, stream]) => isStream(stream, result.name));
  return found.map(([asset]) => asset);
}

/** Whether a running stream is the one that a name (perhaps with wildcards) stands for. */
function isStream(pattern: string, name: string): boolean {
  return pattern === name || (pattern.includes("*") && matchesGlob(name, pattern));
}
