// Runs dbt for one step: calls it, and reports what its log tells.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { StepContext } from "#platform";
import { parseRunResults } from "./artifacts.ts";
import { type DbtTargets, invocationsOf } from "./invocation.ts";
import { needsDeps } from "./run-deps.ts";
import type { DbtProject } from "./run-project.ts";
import { DbtReport } from "./run-report.ts";
import { inSession, type Window } from "./run-session.ts";

/**
 * Brings about what the step was asked for, in as few calls of dbt as its settings allow. Each node is reported when
 * dbt says that it ended; then the step fails if a model was not built or a test could not be run. A test that fails is
 * a failed check and no failed step by itself.
 */
export async function runDbt(step: StepContext, project: DbtProject, targets: DbtTargets): Promise<void> {
  const report = new DbtReport(step, targets);
  const window = microbatchWindow(step, targets);
  await inSession(step, project, async (session) => {
    if (await needsDeps(project)) await session.installDeps();
    for (const invocation of invocationsOf(step, targets, project)) {
      if (report.hasFaults) break;
      report.begin(project.keepsCompiledSql ? join(session.folders.target, "compiled") : undefined);
      const exitCode = await session.call(invocation, window, (line) => report.read(line));
      report.complete(await writtenResults(session.folders.target));
      report.endCall(exitCode);
    }
  });
  report.end();
}

async function writtenResults(target: string) {
  const text = await readFile(join(target, "run_results.json"), "utf8").catch(() => undefined);
  if (text === undefined) return [];
  const read = parseRunResults(text);
  return "results" in read ? read.results : [];
}

/** The step's window, where microbatch models are to be limited to it; dbt takes UTC without an offset. */
function microbatchWindow(step: StepContext, { assets }: DbtTargets): Window | undefined {
  const window = step.partition?.window;
  if (window === undefined) return undefined;
  const isMicrobatch = step.selectedAssets.some(
    (asset) => assets.get(asset)?.config?.["incremental_strategy"] === "microbatch",
  );
  if (!isMicrobatch) return undefined;
  const text = (moment: Temporal.ZonedDateTime) =>
    moment.withTimeZone("UTC").toPlainDateTime().toString({ smallestUnit: "second" });
  return { start: text(window.start), end: text(window.end) };
}
