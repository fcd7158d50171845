import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import type {
  AssetKey,
  CheckKey,
  CheckOutcome,
  MaterializeOptions,
  Metadata,
  StepContext,
  StepDefinition,
} from "#platform";
import { DuckDb } from "../../platform/io/duck-db.ts";
import { runPipes } from "../../platform/run/pipes/run-pipes.ts";

/** What a step reported, in order of the kinds. */
export interface Reports {
  readonly materialized: { readonly asset: string; readonly options: MaterializeOptions | undefined }[];
  readonly stored: {
    readonly asset: string;
    readonly value: unknown;
    readonly options: MaterializeOptions | undefined;
  }[];
  readonly checked: Record<string, CheckOutcome>;
  readonly log: string[];
  readonly commands: { readonly command: string; readonly args: readonly string[] }[];
}

export interface FakeStepOptions {
  readonly assets?: readonly string[];
  readonly checks?: readonly string[];
  /** SQL of each asset that is read. */
  readonly relations?: { readonly [asset: string]: string };
  readonly metadata?: { readonly [asset: string]: Metadata };
  readonly partition?: StepContext["partition"];
  readonly resources?: { readonly [key: string]: unknown };
  readonly definition?: Partial<StepDefinition>;
  readonly folder?: string;
}

/** A step's context that records what is reported; commands and queries run for real. */
export function fakeStep(options: FakeStepOptions = {}): {
  step: StepContext;
  reports: Reports;
  abort: AbortController;
} {
  const { assets = [], checks = [], relations = {}, metadata = {}, folder = process.cwd() } = options;
  const reports: Reports = { materialized: [], stored: [], checked: {}, log: [], commands: [] };
  const abort = new AbortController();
  const engine = new DuckDb();
  const say = (message: string): void => {
    reports.log.push(message);
  };
  mkdirSync(folder, { recursive: true });
  const base: Omit<StepContext, "pipes"> = {
    runId: "01900000-0000-7000-8000-000000000001" as StepContext["runId"],
    step: {
      name: "step",
      assets: assets as AssetKey[],
      checks: checks as CheckKey[],
      canSubset: true,
      execution: assets.length === 0 ? "check" : "materialize",
      resources: Object.keys(options.resources ?? {}),
      ...options.definition,
    },
    attempt: 1,
    selectedAssets: assets as AssetKey[],
    selectedChecks: checks as CheckKey[],
    partition: options.partition,
    tags: {},
    config: {},
    mappingKey: undefined,
    job: undefined,
    value: async () => undefined,
    output: async () => undefined,
    attach: async () => "",
    projectRoot: process.cwd(),
    dataFolder: folder,
    log: { debug: say, info: say, warning: say, error: say },
    signal: abort.signal,
    resources: options.resources ?? {},
    load: async () => undefined,
    relation: async (asset) => `(${relations[asset]})`,
    latestMetadata: async (asset) => metadata[asset],
    query: async (sql, values) => [...(await engine.query(sql, values))],
    store: async (asset, value, given) => {
      reports.stored.push({ asset, value, options: given });
    },
    materialized: (asset, given) => {
      reports.materialized.push({ asset, options: given });
    },
    observed: () => undefined,
    addMetadata: () => undefined,
    checked: (check, outcome) => {
      reports.checked[check] = outcome;
    },
    async subprocess(command, args, { cwd, env, onStdoutLine, onStderrLine, stdoutText, allowFailure } = {}) {
      reports.commands.push({ command, args });
      const child = spawn(command, args, {
        cwd,
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      createInterface({ input: child.stdout }).on("line", (line) => {
        const text = stdoutText === undefined ? undefined : stdoutText(line);
        if (text !== undefined) say(text);
        onStdoutLine?.(line);
      });
      createInterface({ input: child.stderr }).on("line", (line) => onStderrLine?.(line));
      const [code] = (await once(child, "close")) as [number | null];
      if (code !== 0 && allowFailure !== true) throw new Error(`${command} ended with ${code}`);
      return { exitCode: code ?? 1 };
    },
  };
  const step: StepContext = {
    ...base,
    pipes: (command, args, given) =>
      runPipes(
        { command, args, options: given },
        {
          step: base,
          codeVersions: {},
          output: { line: (_, line) => say(line) },
          ready: async () => undefined,
          subprocess: base.subprocess,
        },
      ),
  };
  return { step, reports, abort };
}
