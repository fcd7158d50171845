import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type AssetKey, type CheckKey, type StepContext, StepError } from "#platform";
import { toolPath } from "../tool-path.ts";
import { type DbtLogEvent, parseDbtLog } from "./dbt-log.ts";
import type { DbtNode } from "./manifest.ts";

/** Where and how dbt is called. */
export interface DbtProject {
  /** Absolute. */
  readonly folder: string;
  readonly profilesFolder?: string;
  readonly profile?: string;
  readonly target?: string;
  readonly vars?: { readonly [name: string]: unknown };
  readonly fullRefresh: boolean;
  readonly env: { readonly [name: string]: string };
}

/** The whole of what a component's step can build, by asset and check. */
export interface DbtTargets {
  readonly assets: ReadonlyMap<AssetKey, DbtNode>;
  readonly checks: ReadonlyMap<CheckKey, DbtNode>;
  /** Selection and exclusion as written, for a run of everything. */
  readonly select: string;
  readonly exclude: string;
  /** Whether tests run at all. */
  readonly tests: boolean;
}

/**
 * One `dbt build` over the step's selection. Each node is reported when dbt says that it ended; then the step fails if
 * a model was not built or a test could not be run. A test that fails is a failed check and no failed step by itself.
 */
export async function runDbt(step: StepContext, project: DbtProject, targets: DbtTargets): Promise<void> {
  const targetFolder = join(
    step.dataFolder,
    "dbt",
    `${step.runId}-${step.attempt}-${step.step.name.replaceAll(/\W/g, "_")}`,
  );
  await prepareTarget(project, targetFolder);
  const report = new DbtReport(step, targets);
  try {
    const { exitCode } = await step.subprocess(
      toolPath(step.projectRoot, "dbt"),
      [...globalFlags, "build", ...projectFlags(project, targetFolder), ...selectionFlags(step, targets)],
      {
        cwd: project.folder,
        env: { ...project.env, DBT_SEND_ANONYMOUS_USAGE_STATS: "false", PYTHONUNBUFFERED: "1" },
        allowFailure: true,
        onStdoutLine: (line) => report.read(line),
      },
    );
    report.end(exitCode);
  } finally {
    await rm(targetFolder, { recursive: true, force: true });
  }
}

/** `--select` and its kin for what the step was asked for. */
export function selectionFlags(
  step: Pick<StepContext, "selectedAssets" | "selectedChecks">,
  targets: DbtTargets,
): string[] {
  const allAssets = step.selectedAssets.length === targets.assets.size;
  const allChecks = step.selectedChecks.length === targets.checks.size;
  const noTests = targets.tests ? [] : ["--exclude-resource-type", "test", "unit_test"];
  if (allAssets && allChecks) {
    return [
      "--select",
      ...words(targets.select),
      ...(targets.exclude === "" ? [] : ["--exclude", ...words(targets.exclude)]),
      ...noTests,
    ];
  }
  const nodes = step.selectedAssets.map((key) => targets.assets.get(key) as DbtNode);
  const ofAssets = [...targets.checks.keys()].filter((check) =>
    step.selectedAssets.some((asset) => check.startsWith(`${asset}:`)),
  );
  const isExact =
    ofAssets.length === step.selectedChecks.length &&
    ofAssets.every((check) => step.selectedChecks.includes(check));
  // dbt brings the tests of chosen nodes along by itself; where others were asked for, it runs exactly what is named.
  const tests =
    isExact && nodes.length > 0 ? [] : step.selectedChecks.map((key) => targets.checks.get(key) as DbtNode);
  const names = [...nodes, ...tests].map((node) => `fqn:${node.fqn.join(".")}`);
  return [
    "--select",
    ...names,
    ...(isExact && nodes.length > 0 ? [] : ["--indirect-selection", "empty"]),
    ...noTests,
  ];
}

const globalFlags = ["--log-format", "json", "--log-level", "info", "--no-use-colors"];

function projectFlags(
  { folder, profilesFolder, profile, target, vars, fullRefresh }: DbtProject,
  targetFolder: string,
): string[] {
  return [
    ...["--project-dir", folder, "--target-path", targetFolder, "--log-path", join(targetFolder, "logs")],
    ...(profilesFolder === undefined ? [] : ["--profiles-dir", profilesFolder]),
    ...(profile === undefined ? [] : ["--profile", profile]),
    ...(target === undefined ? [] : ["--target", target]),
    ...(vars === undefined ? [] : ["--vars", JSON.stringify(vars)]),
    ...(fullRefresh ? ["--full-refresh"] : []),
  ];
}

/** A folder of its own for the run's artifacts, with the project's parse state, which saves dbt the parsing. */
async function prepareTarget({ folder }: DbtProject, targetFolder: string): Promise<void> {
  await mkdir(targetFolder, { recursive: true });
  const parsed = "partial_parse.msgpack";
  // Without the file dbt parses everything, and that is all.
  await copyFile(join(folder, "target", parsed), join(targetFolder, parsed)).catch(() => undefined);
}

/** Turns dbt's log into reports of assets and checks. */
class DbtReport {
  readonly #step: StepContext;
  readonly #assetOf: ReadonlyMap<string, AssetKey>;
  readonly #checkOf: ReadonlyMap<string, CheckKey>;
  readonly #built = new Set<AssetKey>();
  readonly #faults: string[] = [];
  #lastError = "";

  constructor(step: StepContext, { assets, checks }: DbtTargets) {
    this.#step = step;
    this.#assetOf = new Map([...assets].map(([key, node]) => [node.unique_id, key]));
    this.#checkOf = new Map([...checks].map(([key, node]) => [node.unique_id, key]));
  }

  read(line: string): void {
    const event = parseDbtLog(line);
    if (event === undefined) return;
    if (event.type === "built") this.#readBuilt(event);
    else if (event.type === "tested") this.#readTest(event);
    else this.#readMessage(event);
  }

  /** Throws StepError when dbt failed or left out something that was asked for. */
  end(exitCode: number): void {
    const missing = this.#step.selectedAssets.filter((asset) => !this.#built.has(asset));
    if (exitCode !== 0 && exitCode !== 1) {
      throw new StepError(`dbt ended with exit code ${exitCode}: ${this.#lastError}`, { retry: "never" });
    }
    if (this.#faults.length > 0) throw new StepError(this.#faults.join("; "), { retry: "later" });
    if (missing.length > 0) {
      const reason = this.#lastError === "" ? "" : `: ${this.#lastError}`;
      throw new StepError(`dbt did not build ${missing.join(", ")}${reason}`, { retry: "never" });
    }
  }

  #readBuilt({ uniqueId, status, message, seconds }: DbtLogEvent & { type: "built" }): void {
    const asset = this.#assetOf.get(uniqueId);
    if (status === "reused" && asset !== undefined) {
      this.#built.add(asset);
      this.#step.log.info(`${asset}: ${message}`);
    } else if (status !== "success") {
      this.#faults.push(`${asset ?? uniqueId}: ${message}`);
      this.#step.log.error(message);
    } else if (asset !== undefined && this.#step.selectedAssets.includes(asset)) {
      this.#built.add(asset);
      const metadata = {
        unique_id: uniqueId,
        ...(seconds === undefined ? {} : { execution_seconds: seconds }),
      };
      this.#step.materialized(asset, { metadata });
    }
  }

  #readTest({ uniqueId, status, failures, message, seconds }: DbtLogEvent & { type: "tested" }): void {
    const check = this.#checkOf.get(uniqueId);
    if (status === "error") this.#faults.push(`${check ?? uniqueId}: ${message}`);
    if (check === undefined || !this.#step.selectedChecks.includes(check) || status === "skipped") return;
    this.#step.checked(check, {
      passed: status === "pass",
      severity: status === "warn" ? "warn" : "error",
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
    if (level === "error") {
      this.#lastError = message;
      this.#step.log.error(message);
    } else if (level === "warn") this.#step.log.warning(message);
  }
}

function words(selection: string): string[] {
  return selection.trim().split(/\s+/);
}
