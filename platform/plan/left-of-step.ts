import type { AssetKey, CheckKey } from "../core/asset-key.ts";
import type { RunEvent, RunEventBody } from "../core/event.ts";
import type { LeftOfStep } from "../core/run.ts";
import type { PlannedStep, RunPlan } from "../core/run-plan.ts";

/**
 * The step with only what is left of it. A step that cannot be split, and one of which all or nothing is left, stays as
 * it is.
 */
export function narrowedStep(step: PlannedStep, left: LeftOfStep | undefined): PlannedStep {
  if (left === undefined || step.canSubset !== true) return step;
  const assets = step.assets.filter((asset) => left.assets.includes(asset));
  const checks = step.checks.filter((check) => left.checks.includes(check));
  if (assets.length + checks.length === 0) return step;
  if (assets.length === step.assets.length && checks.length === step.checks.length) return step;
  const ofAssets = (values: { readonly [asset: string]: string }) =>
    Object.fromEntries(Object.entries(values).filter(([asset]) => assets.includes(asset as AssetKey)));
  return {
    ...step,
    assets,
    checks,
    blockingChecks: step.blockingChecks.filter((check) => checks.includes(check)),
    io: ofAssets(step.io),
    codeVersions: ofAssets(step.codeVersions),
    skippable: step.skippable.filter((asset) => assets.includes(asset)),
  };
}

/** What one run of a step has told. */
export interface ToldOfStep {
  /** Slices of each asset that it brought up to date; `null` is the unpartitioned asset. */
  readonly made: ReadonlyMap<AssetKey, ReadonlySet<string | null>>;
  readonly answered: ReadonlySet<CheckKey>;
  /** Blocking checks that did not pass. */
  readonly failedBlocking: ReadonlySet<CheckKey>;
}

/**
 * What a step that failed has still to do: assets with a slice that it did not bring up to date, those that a blocking
 * check found wrong, checks of both and such as it did not answer.
 */
export function leftOfStep(
  { assets, checks, partitions }: Pick<PlannedStep, "assets" | "checks" | "partitions">,
  { made, answered, failedBlocking }: ToldOfStep,
): LeftOfStep {
  const isMade = (asset: AssetKey) =>
    (partitions ?? [null]).every((slice) => made.get(asset)?.has(slice) === true);
  const isRefused = (asset: AssetKey) => [...failedBlocking].some((check) => isOf(check, asset));
  const left = assets.filter((asset) => !isMade(asset) || isRefused(asset));
  return {
    assets: left,
    checks: checks.filter((check) => !answered.has(check) || left.some((asset) => isOf(check, asset))),
  };
}

/** What is left of the steps of an ended run that can be split, by their keys. */
export function leftOfSteps(
  { steps }: Pick<RunPlan, "steps">,
  events: Iterable<RunEvent>,
): { readonly [step: string]: LeftOfStep } {
  const told = new Map(steps.filter(({ canSubset }) => canSubset).map((step) => [step.key, nothingTold()]));
  for (const event of events) {
    const ofStep = "step" in event && event.step !== undefined ? told.get(event.step) : undefined;
    if (ofStep !== undefined) noteTold(ofStep, event);
  }
  return Object.fromEntries(
    steps.flatMap((step) => {
      const ofStep = told.get(step.key);
      return ofStep === undefined ? [] : [[step.key, leftOfStep(step, ofStep)]];
    }),
  );
}

export interface MutableTold extends ToldOfStep {
  readonly made: Map<AssetKey, Set<string | null>>;
  readonly answered: Set<CheckKey>;
  readonly failedBlocking: Set<CheckKey>;
}

export function nothingTold(): MutableTold {
  return { made: new Map(), answered: new Set(), failedBlocking: new Set() };
}

/** Adds what an event of the step tells. */
export function noteTold(told: MutableTold, body: RunEventBody): void {
  if (body.type === "asset.materialized") {
    told.made.set(body.asset, (told.made.get(body.asset) ?? new Set()).add(body.partition));
  } else if (body.type === "check.evaluated") {
    told.answered.add(body.check);
    if (body.blocking && !body.passed && body.severity === "error") told.failedBlocking.add(body.check);
    else told.failedBlocking.delete(body.check);
  }
}

function isOf(check: CheckKey, asset: AssetKey): boolean {
  return check.startsWith(`${asset}:`);
}
