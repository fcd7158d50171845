import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type AssetKey, type CheckKey, type StepContext, StepError } from "#platform";
import { parseSourceResults } from "./artifacts.ts";
import { parseDbtLog } from "./dbt-log.ts";
import type { DbtNode } from "./manifest.ts";
import type { DbtProject } from "./run-project.ts";
import { inSession } from "./run-session.ts";

/** Sources with a freshness, by their assets and checks. */
export interface FreshnessTargets {
  readonly sources: ReadonlyMap<AssetKey, DbtNode>;
  readonly checks: ReadonlyMap<CheckKey, DbtNode>;
}

/**
 * `dbt source freshness` of the step's sources: an observation of each that has an answer, and the answer as a check. A
 * source whose question failed fails the step; one that is stale does not.
 */
export async function runFreshness(
  step: StepContext,
  project: DbtProject,
  targets: FreshnessTargets,
): Promise<void> {
  const wanted = new Map(
    step.selectedAssets.flatMap((asset) => {
      const source = targets.sources.get(asset);
      return source === undefined ? [] : [[source.unique_id, asset] as const];
    }),
  );
  for (const check of step.selectedChecks) {
    const source = targets.checks.get(check);
    const asset = source === undefined ? undefined : keyOf(targets.sources, source);
    if (source !== undefined && asset !== undefined) wanted.set(source.unique_id, asset);
  }
  const checkOf = new Map([...targets.checks].map(([check, node]) => [node.unique_id, check]));
  const messages = new Map<string, string>();
  let lastError = "";
  await inSession(step, project, async (session) => {
    const names = [...wanted.keys()].map((id) => `source:${id.split(".").slice(1).join(".")}`);
    const exitCode = await session.call(
      { command: "source freshness", selection: ["--select", ...names] },
      undefined,
      (line) => {
        const event = parseDbtLog(line);
        if (event?.type === "freshness") messages.set(event.uniqueId, event.message);
        if (event?.type === "message" && event.level === "error") lastError = event.message;
        return event?.type === "freshness" || (event?.type === "message" && event.level !== "debug")
          ? event.message
          : undefined;
      },
    );
    const text = await readFile(join(session.folders.target, "sources.json"), "utf8").catch(() => "");
    const results = parseSourceResults(text);
    if ("reason" in results) {
      throw new StepError(`dbt source freshness ended with exit code ${exitCode}: ${lastError}`, {
        retry: "later",
      });
    }
    const failed: string[] = [];
    for (const { uniqueId, status, maxLoadedAt, ageSeconds } of results) {
      const asset = wanted.get(uniqueId);
      if (asset === undefined) continue;
      if (maxLoadedAt === undefined) {
        failed.push(`${asset}: ${messages.get(uniqueId) ?? status}`);
        continue;
      }
      const at = Temporal.Instant.from(maxLoadedAt).epochMilliseconds;
      const metadata = {
        unique_id: uniqueId,
        freshness_status: status,
        last_loaded_at: { type: "timestamp", value: at } as const,
        ...(ageSeconds === undefined ? {} : { age_seconds: ageSeconds }),
      };
      if (step.selectedAssets.includes(asset)) step.observed(asset, { metadata });
      const check = checkOf.get(uniqueId);
      if (check === undefined || !step.selectedChecks.includes(check)) continue;
      step.checked(check, {
        passed: status === "pass",
        severity: status === "warn" ? "warn" : "error",
        description: messages.get(uniqueId) ?? status,
        metadata,
      });
    }
    if (failed.length > 0) throw new StepError(failed.join("; "), { retry: "later" });
  });
}

function keyOf(sources: FreshnessTargets["sources"], source: DbtNode): AssetKey | undefined {
  return [...sources].find(([, node]) => node.unique_id === source.unique_id)?.[0];
}
