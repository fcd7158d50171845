import type { QueueSettings } from "../core/queue.ts";
import { type RunRecord, type RunRequest, type RunRetryPolicy, retryStrategies } from "../core/run.ts";

/** The retry that a failed run's policy calls for; nothing where it has been started again already, or often enough. */
export function nextRetry(
  run: RunRecord,
  line: readonly RunRecord[],
  settings: Pick<QueueSettings, "retryPolicy">,
): { readonly number: number; readonly policy: RunRetryPolicy; readonly dueAtMs: number } | undefined {
  const policy = retryPolicyOf(run.request, settings);
  if (run.status !== "failure" || policy === undefined || !isWorthIt(run, policy)) return undefined;
  if (line.some(({ request }) => request.reexecution?.parent === run.id)) return undefined;
  const number = automaticBefore(run, line) + 1;
  if (number > policy.maxRetries) return undefined;
  return { number, policy, dueAtMs: (run.endedAtMs ?? 0) + (policy.delaySeconds ?? 0) * 1000 };
}

/** What could not begin with its definitions cannot with the same ones again. */
function isWorthIt({ failureReason }: RunRecord, { onStepFailure }: RunRetryPolicy): boolean {
  if (failureReason === "job_initialization") return false;
  return onStepFailure || (failureReason !== "step_failure" && failureReason !== "run_exception");
}

/** How many runs of its line were started again in a row by themselves, up to this one. */
function automaticBefore(run: RunRecord, line: readonly RunRecord[]): number {
  const byId = new Map(line.map((one) => [one.id, one]));
  let count = 0;
  for (let one: RunRecord | undefined = run; one?.request.reexecution?.automatic === true; ) {
    count += 1;
    one = byId.get(one.request.reexecution.parent);
  }
  return count;
}

/** The request's own policy, else that of its tags `dop/max_retries` and `dop/retry_strategy`, else the project's. */
export function retryPolicyOf(
  { retryPolicy, tags }: Pick<RunRequest, "retryPolicy" | "tags">,
  settings: Pick<QueueSettings, "retryPolicy">,
): RunRetryPolicy | undefined {
  if (retryPolicy !== undefined) return retryPolicy;
  const written = Object.hasOwn(tags, "dop/max_retries") ? tags["dop/max_retries"] : undefined;
  if (written === undefined || !/^\d+$/.test(written)) return settings.retryPolicy;
  const strategy = retryStrategies.find((one) => one === tags["dop/retry_strategy"]?.toLowerCase());
  return {
    onStepFailure: true,
    ...settings.retryPolicy,
    maxRetries: Number(written),
    strategy: strategy ?? settings.retryPolicy?.strategy ?? "from_failure",
  };
}
