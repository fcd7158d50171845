import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { AssetSpec } from "../../../platform/core/asset.ts";
import type { AssetKey } from "../../../platform/core/asset-key.ts";
import { checkKey } from "../../../platform/core/asset-key.ts";
import type { PipesOptions, PipesResult, StepDefinition } from "../../../platform/define/step.ts";
import { planOf, type RunInProcess, runInProcess } from "../run-in-process.ts";

export interface PythonStep {
  /** The script's text. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly assets?: readonly (Partial<Omit<AssetSpec, "key">> & { readonly key: string })[];
  /** Names of checks of the first asset. */
  readonly checks?: readonly string[];
  readonly pipes?: PipesOptions;
  readonly definition?: Partial<StepDefinition>;
  /** The environment's; keys of `assets` carry it, and the script must not see it. */
  readonly keyPrefix?: string;
  readonly run?: Parameters<typeof runInProcess>[1];
}

/** Runs a script as the one step, `step`, of a run; the run's own process keeps its folder until the test is over. */
export async function runPython(
  python: string,
  {
    script,
    args = [],
    assets = [{ key: "raw/a" }],
    checks = [],
    pipes = {},
    definition,
    keyPrefix,
    run,
  }: PythonStep,
): Promise<RunInProcess & { readonly results: readonly PipesResult[]; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "dop-python-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "script.py");
  writeFileSync(file, script);
  const specs = assets.map((spec) => ({ ...spec, key: spec.key as AssetKey }));
  const first = specs[0]?.key as AssetKey;
  const results: PipesResult[] = [];
  const step: StepDefinition = {
    name: "step",
    assets: specs.map(({ key }) => key),
    checks: checks.map((name) => checkKey(first, name)),
    canSubset: false,
    execution: "materialize",
    resources: [],
    ...definition,
    async run(context) {
      results.push(await context.pipes(python, [file, ...args], pipes));
    },
  };
  const definitions = {
    assets: specs,
    checks: checks.map((name) => ({ name, asset: first })),
    steps: [step],
  };
  const plan = planOf([definitions], run?.request);
  const ended = await runInProcess([definitions], {
    projectRoot: folder,
    plan: keyPrefix === undefined ? plan : { ...plan, keyPrefix },
    ...run,
  });
  return { ...ended, results, folder };
}
