import type { Static } from "typebox";
import type { Json } from "../core/metadata.ts";
import type { RetryStrategy, RunConfig, RunRetryPolicy } from "../core/run.ts";
import type { MaterializeRequest, RetryRequest } from "../instance/runs.ts";
import { HttpError } from "./problem-response.ts";
import type { retryRequestSchema, runRequestSchema } from "./run-schemas.ts";

/** What the body of `POST /api/v1/runs` asks for. Throws HttpError where its fields do not go together. */
export function materializeRequestOf(body: Static<typeof runRequestSchema>): MaterializeRequest {
  const { partition, tags, config, settings, stale, priority } = body;
  const { max_runtime_seconds: maxRuntimeSeconds, retry_policy: retry, skip_unready: skipUnready } = body;
  const named = partition !== undefined && partition.trim() !== "";
  if (stale === true && named)
    throw new HttpError(400, "invalid-body", "what is stale names its partitions: leave `partition` out");
  return {
    target: targetOf(body, stale === true),
    ...(named ? { partition } : {}),
    ...(tags === undefined ? {} : { tags }),
    ...(config === undefined ? {} : { config: config as RunConfig }),
    ...(settings === undefined ? {} : { settings: settings as { readonly [path: string]: Json } }),
    ...(stale === undefined ? {} : { stale }),
    ...(priority === undefined ? {} : { priority }),
    ...(maxRuntimeSeconds === undefined ? {} : { maxRuntimeSeconds }),
    ...(retry === undefined ? {} : { retryPolicy: retryPolicyOf(retry) }),
    ...(skipUnready === undefined ? {} : { skipUnready }),
  };
}

/** What the body of `POST /api/v1/runs/{id}/retry` asks for. */
export function retryRequestOf(body: Static<typeof retryRequestSchema>): RetryRequest {
  const { strategy, steps, selection } = body;
  if ([strategy, steps, selection].filter((given) => given !== undefined).length > 1)
    throw new HttpError(400, "invalid-body", "give one of `strategy`, `steps` and `selection`");
  if (steps !== undefined) return { steps };
  if (selection !== undefined) return { selection };
  return { strategy: (strategy ?? "from_failure") as RetryStrategy };
}

function targetOf(
  { selection, job }: { selection?: string; job?: string },
  stale: boolean,
): MaterializeRequest["target"] {
  if (job !== undefined && selection === undefined) return { job };
  if (selection !== undefined && job === undefined) return { selection };
  if (stale && selection === undefined && job === undefined) return { selection: "*" };
  throw new HttpError(400, "invalid-body", "give either `selection` or `job`");
}

function retryPolicyOf(policy: NonNullable<Static<typeof runRequestSchema>["retry_policy"]>): RunRetryPolicy {
  return {
    maxRetries: policy.max_retries,
    strategy: (policy.strategy ?? "from_failure") as RetryStrategy,
    onStepFailure: policy.on_step_failure ?? true,
    ...(policy.delay_seconds === undefined ? {} : { delaySeconds: policy.delay_seconds }),
  };
}
