import type { DefinitionsSnapshot } from "../core/definitions-snapshot.ts";
import type { Reexecution, RunId, RunRecord, RunRequest } from "../core/run.ts";
import type { RunPlan } from "../core/run-plan.ts";
import { didYouMean } from "../core/suggest.ts";
import { leftOfSteps } from "../plan/left-of-step.ts";
import { stepKeysFromFailure } from "../plan/step-keys-from-failure.ts";
import { endedSteps, knownState } from "../run/known-state.ts";
import type { Storage } from "../storage/storage.ts";
import { eventsOf } from "./attempt-start.ts";
import { InstanceError } from "./instance-error.ts";
import { type RunRecording, recordRun } from "./record-run.ts";
import type { RetryRequest } from "./runs.ts";
import { selectKeys } from "./select-keys.ts";
import { refuseUnready } from "./unready-components.ts";

/** Runs that nobody asked for but a policy come from here; a run key of theirs is used once. */
const retrySource = "run_retries";

/**
 * Records a run that does an ended one's work again. Throws InstanceError where nothing is to be done or it cannot be
 * planned any more, and DefinitionsError where a definition that it needs cannot be used.
 */
export async function runAgain(
  recording: RunRecording,
  {
    snapshot,
    run,
    retry,
    automatic,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly run: RunRecord;
    readonly retry: RetryRequest;
    /** Absent where a person asks. */
    readonly automatic?: { readonly id: RunId; readonly runKey: string };
  },
): Promise<RunRecord> {
  const { storage } = recording;
  const plan = await storage.getPlan(run.id);
  if (plan === undefined) {
    throw new InstanceError("invalid-request", `what the run \`${run.id}\` was to do is not known any more`);
  }
  const again = await doneAgain(storage, { snapshot, run, plan, retry });
  const { runKey: _, reexecution, ...asked } = run.request;
  const request: RunRequest = {
    ...asked,
    reexecution: {
      parent: run.id,
      root: reexecution?.root ?? run.id,
      number: (reexecution?.number ?? 0) + 1,
      automatic: automatic !== undefined,
      ...again,
    },
    ...(automatic === undefined ? {} : { runKey: automatic.runKey }),
  };
  const { assets, steps = [] } = request;
  if (assets.length + steps.length > 0) refuseUnready(snapshot, { selection: "", keys: assets, steps });
  return await recordRun(recording, {
    snapshot,
    request,
    ...(automatic === undefined ? {} : { id: automatic.id, source: retrySource }),
  });
}

/** Which steps are done again, and what of them; nothing where all are. */
async function doneAgain(
  storage: Storage,
  {
    snapshot,
    run,
    plan,
    retry,
  }: {
    readonly snapshot: DefinitionsSnapshot;
    readonly run: RunRecord;
    readonly plan: RunPlan;
    readonly retry: RetryRequest;
  },
): Promise<Pick<Reexecution, "stepKeys" | "left">> {
  if ("strategy" in retry) {
    if (retry.strategy === "all") {
      const { stepKeys, left } = run.request.reexecution ?? {};
      return {
        ...(stepKeys === undefined ? {} : { stepKeys }),
        ...(left === undefined ? {} : { left }),
      };
    }
    const events = await eventsOf(storage, run.id);
    const ended = endedSteps(knownState(events));
    const keys = stepKeysFromFailure(plan, ended);
    if (keys.length > 0) {
      const left = Object.entries(leftOfSteps(plan, events)).filter(([key]) => keys.includes(key));
      return { stepKeys: keys, ...(left.length === 0 ? {} : { left: Object.fromEntries(left) }) };
    }
    throw new InstanceError(
      "invalid-request",
      `every step of the run \`${run.id}\` ended well`,
      "ask for all steps to do them again",
    );
  }
  if ("steps" in retry) return { stepKeys: knownSteps(retry.steps, plan, await storage.listSteps(run.id)) };
  const selected = new Set<string>(selectKeys(snapshot, retry.selection));
  const keys = plan.steps.filter(({ assets }) => assets.some((asset) => selected.has(asset)));
  if (keys.length > 0) return { stepKeys: keys.map(({ key }) => key) };
  throw new InstanceError(
    "nothing-selected",
    `\`${retry.selection}\` selects nothing that the run \`${run.id}\` was to make`,
  );
}

function knownSteps(
  wanted: readonly string[],
  plan: RunPlan,
  steps: readonly { readonly step: string }[],
): readonly string[] {
  const known = new Set([...plan.steps.map(({ key }) => key), ...steps.map(({ step }) => step)]);
  for (const key of wanted) {
    if (known.has(key)) continue;
    throw new InstanceError("invalid-request", `the run has no step \`${key}\``, didYouMean(key, known));
  }
  if (wanted.length > 0) return wanted;
  throw new InstanceError("invalid-request", "no step is named");
}
